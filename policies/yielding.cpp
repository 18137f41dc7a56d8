// SPDX-License-Identifier: Apache-2.0
#include "policies/yielding.hpp"

#include <algorithm>

namespace setpoint {

void Yielding::changed(Time now, Replicas from, Replicas to) {
    const bool raised = to > from;
    const Duration lasts = raised ? settings_.to_increase : settings_.to_decrease;
    given_.reset();
    if (lasts > Duration{0}) given_ = Given{to, raised, now + lasts};
}

std::optional<Limit> Yielding::limit(Time now, Replicas current, Replicas wanted, Bounds bounds) {
    if (given_ && now >= given_->until) given_.reset();
    if (!given_) return std::nullopt;
    const Replicas to = given_->raised ? std::max(wanted, bounds.clamp(given_->size)) : current;
    if (to == wanted) return std::nullopt;
    const Code code = given_->raised ? Code::yields_to_increase : Code::yields_to_decrease;
    return Limit{wanted, to, {code, {}, {static_cast<double>(to), seconds(given_->until - now)}}};
}

void bind(Fields& fields, Yielding::Given& given) {
    fields.state("size", given.size);
    fields.state("raised", given.raised);
    fields.state("until", given.until);
}

void bind(Fields& fields, Yielding& yielding) { fields.state("given", yielding.given_); }

}  // namespace setpoint
