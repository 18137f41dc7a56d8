// SPDX-License-Identifier: Apache-2.0
#include "policies/yielding.hpp"

#include <algorithm>

namespace setpoint {

void Yielding::changed(Time now, Replicas from, Replicas to) {
    if (!run_ || now - run_->last >= kSettles || now - run_->began >= kLongestRun) run_ = ForeignRun{from, from, now, now, given_};
    run_->to = to;
    run_->last = now;
    given_ = run_->before;
    if (to == run_->from) return;
    const bool raised = to > run_->from;
    const Duration lasts = raised ? settings_.to_increase : settings_.to_decrease;
    given_.reset();
    if (lasts > Duration{0}) given_ = GivenWay{to, raised, now + lasts};
}

void Yielding::end() {
    run_.reset();
    given_.reset();
}

std::optional<Time> Yielding::settling(Time now) const {
    if (!run_ || run_->to > run_->from || settings_.to_decrease <= Duration{0}) return std::nullopt;
    const Time until = std::min(run_->last + kSettles, run_->began + kLongestRun);
    return now < until ? std::optional{until} : std::nullopt;
}

std::optional<Limit> Yielding::limit(Time now, Replicas current, Replicas wanted, Bounds bounds) {
    if (given_ && now >= given_->until) given_.reset();
    if (!given_) {
        const auto until = settling(now);
        if (!until || wanted == current) return std::nullopt;
        return Limit{wanted, current, {Code::settling, {}, {static_cast<double>(current), seconds(*until - now)}}};
    }
    const Replicas to = given_->raised ? std::max(wanted, bounds.clamp(given_->size)) : current;
    if (to == wanted) return std::nullopt;
    const Code code = given_->raised ? Code::yields_to_increase : Code::yields_to_decrease;
    return Limit{wanted, to, {code, {}, {static_cast<double>(to), seconds(given_->until - now)}}};
}

void bind(Fields& fields, GivenWay& given) {
    fields.state("size", given.size);
    fields.state("raised", given.raised);
    fields.state("until", given.until);
}

void bind(Fields& fields, ForeignRun& run) {
    fields.state("from", run.from);
    fields.state("to", run.to);
    fields.state("began", run.began);
    fields.state("last", run.last);
    fields.state("before", run.before);
}

void bind(Fields& fields, Yielding& yielding) {
    fields.state("run", yielding.run_);
    fields.state("given", yielding.given_);
}

}  // namespace setpoint
