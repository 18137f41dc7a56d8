// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/explanation.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <variant>

#include "agent/journal/files.hpp"
#include "agent/journal/replay.hpp"
#include "core/codec.hpp"
#include "policies/reducer.hpp"

namespace setpoint {
namespace {

constexpr double kMostFactor = 64;      // of a sample, to see whether the size would turn
constexpr int kHalvings = 40;
constexpr double kCloseEnough = 1e-4;   // of the factor
constexpr TargetId kAlone{0};

/// One round of a target, to be decided again: its state before, and what happened up to the tick.
struct Round {
    std::string state;
    std::vector<Event> events;   // the last one is the tick

    void clear() { events.clear(); }
};

void retarget(EventBody& body, TargetId target) {
    std::visit(
        [target](auto& known) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(known)>, ConfigSet>) known.target = target;
        },
        body);
}

std::optional<TargetId> target_of(const EventBody& body) {
    return std::visit(
        [](const auto& known) -> std::optional<TargetId> {
            if constexpr (std::is_same_v<std::decay_t<decltype(known)>, ConfigSet>) return std::nullopt;
            else return known.target;
        },
        body);
}

void scale(Sample& sample, double factor) {
    sample.value *= factor;
    for (auto& pod : sample.pods) pod.value *= factor;
}

/// Decides a round again with other samples.
class WhatIf {
public:
    WhatIf(const ScalingSpec& spec, const Round& round) : spec_(spec), round_(round) {}

    /// The size, had the samples of `signal` been `factor` times what they were. Nothing where the state cannot be had.
    [[nodiscard]] std::optional<Replicas> size(SignalId signal, double factor) const {
        Reducer reducer;
        auto config = configuration({spec_});
        if (!config || round_.events.empty()) return std::nullopt;
        (void)reducer.reduce({round_.events.front().time, std::move(*config)});
        if (!round_.state.empty()) {
            Decoder decoder{round_.state};
            reducer.bind_state(kAlone, decoder);
            if (!decoder.ok()) return std::nullopt;
        }
        const Decision* decision = nullptr;
        for (auto event : round_.events) {
            retarget(event.body, kAlone);
            if (auto* sample = std::get_if<Sample>(&event.body); sample != nullptr && sample->signal == signal) scale(*sample, factor);
            if (const auto* made = reducer.reduce(event)) decision = made;
        }
        if (decision == nullptr) return std::nullopt;
        return decision->replicas;
    }

private:
    const ScalingSpec& spec_;
    const Round& round_;
};

/// The factor nearest to 1 where the size is another one than `size`, between 1 and `far`; and that size.
std::optional<std::pair<double, Replicas>> turning_point(const WhatIf& what_if, SignalId signal, Replicas size, double far) {
    // Steps that grow, so that a size between two limits is not jumped over.
    double same = 1;
    double other = 1;
    std::optional<Replicas> found;
    const double step = far > 1 ? 1.02 : 1 / 1.02;
    while (!found && (far > 1 ? other < far : other > far)) {
        same = other;
        other *= step;
        const auto then = what_if.size(signal, other);
        if (!then) return std::nullopt;
        if (*then != size) found = then;
    }
    if (!found) return std::nullopt;
    for (int i = 0; i < kHalvings && std::abs(other - same) > kCloseEnough; ++i) {
        const double middle = (same + other) / 2;
        const auto then = what_if.size(signal, middle);
        if (!then) return std::nullopt;
        if (*then == size) {
            same = middle;
        } else {
            other = middle;
            found = then;
        }
    }
    return std::pair{other, *found};
}

std::vector<Turning> turnings_of(const Decision& decision, const ScalingSpec& spec, const Round& round) {
    std::vector<Turning> all;
    const WhatIf what_if{spec, round};
    // Where the round cannot be decided again as it was, nothing is claimed.
    if (what_if.size(SignalId{}, 1) != decision.replicas) return all;
    for (const auto& seen : decision.seen) {
        if (seen.state != SignalState::fresh || seen.value == 0) continue;
        Turning turning{seen.signal, seen.value, {}, 0, {}, 0};
        if (const auto up = turning_point(what_if, seen.signal, decision.replicas, kMostFactor)) {
            turning.up = seen.value * up->first;
            turning.more = up->second;
        }
        if (const auto down = turning_point(what_if, seen.signal, decision.replicas, 1 / kMostFactor)) {
            turning.down = seen.value * down->first;
            turning.fewer = down->second;
        }
        if (turning.up || turning.down) all.push_back(turning);
    }
    return all;
}

std::string listed(const std::set<std::string>& names) {
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
    return all;
}

/// Follows one policy through the segments up to a time.
class Follower {
public:
    Follower(std::string policy, std::optional<Time> at) : policy_(std::move(policy)), at_(at) {}

    void see(const ReplayStep& step) {
        if (std::holds_alternative<ConfigSet>(step.event.body)) return forget_round();
        const auto target = target_of(step.event.body);
        if (!target || index(*target) >= step.reducer.targets()) return;
        const auto& spec = step.reducer.spec(*target);
        const auto name = spec.full_name();
        names_.insert(name);
        if (name != policy_ && spec.name != policy_) return;
        meant_.insert(name);
        if (const auto* result = std::get_if<ApplyResult>(&step.event.body)) answered(*result);
        if (at_ && step.event.time > *at_) return;
        round_.events.push_back(step.event);
        if (step.decision != nullptr) decided(*step.decision, spec, *target, step.reducer);
    }

    [[nodiscard]] bool found() const { return explanation_.has_value(); }
    /// The full names of all policies seen, and of those that were meant.
    [[nodiscard]] const std::set<std::string>& names() const { return names_; }
    [[nodiscard]] const std::set<std::string>& meant() const { return meant_; }
    [[nodiscard]] Explanation finish() {
        explanation_->turnings = turnings_of(explanation_->decision, explanation_->spec, decided_round_);
        return std::move(*explanation_);
    }

    /// What came before is of another configuration or another run: the next round begins with a state that is not known.
    void forget_round() {
        round_ = {};
        complete_ = false;
    }

private:
    void decided(const Decision& decision, const ScalingSpec& spec, TargetId target, Reducer& reducer) {
        Explanation now;
        now.spec = spec;
        now.decision = decision;
        now.hand = reducer.override_of(target);
        if (explanation_) {
            now.change = explanation_->change;
            const auto& last = explanation_->decision;
            if (last.apply) {
                now.change = SizeChange{last.time, last.current, last.replicas, sentence(last.reason, reducer.signal_names(target))};
            }
        }
        explanation_ = std::move(now);
        decided_round_ = complete_ ? round_ : Round{};
        round_.clear();
        round_.state.clear();
        Encoder encoder{round_.state};
        reducer.bind_state(target, encoder);
        complete_ = true;
    }

    void answered(const ApplyResult& result) {
        if (explanation_ && explanation_->decision.apply && result.wanted == explanation_->decision.replicas && !explanation_->applied) {
            explanation_->applied = result;
        }
    }

    const std::string policy_;
    const std::optional<Time> at_;
    std::set<std::string> names_;
    std::set<std::string> meant_;
    Round round_;
    Round decided_round_;
    bool complete_ = false;   // the round began with a state that is known
    std::optional<Explanation> explanation_;
};

}  // namespace

Result<Explanation> explain(const std::filesystem::path& journal, const std::string& policy, std::optional<Time> at) {
    const auto segments = list_segments(journal, Stream::events);
    if (!segments) return tl::unexpected<Error>(segments.error());
    if (segments->empty()) return fail(Errc::no_data, journal.string() + ": no journal in this folder (no events-*.log)");
    Follower follower{policy, at};
    JournalReplay replay{[&](const ReplayStep& step) { follower.see(step); }, [](const Gap&) {}};
    for (const auto& file : *segments) {
        auto segment = SegmentReader::open(file.path);
        if (!segment) continue;  // what a crash left; `replay` speaks of those
        if (at && segment->opening().opened > *at) break;
        // Damage ends this segment; the next one begins with a snapshot of its own.
        follower.forget_round();
        (void)replay.replay(*segment);
    }
    if (follower.meant().size() > 1) {
        return fail(Errc::bad_config, "several namespaces have a policy '" + policy + "': say which one (" + listed(follower.meant()) + ")");
    }
    if (follower.found()) return follower.finish();
    if (!follower.names().empty() && follower.meant().empty()) {
        return fail(Errc::bad_config, "the journal has no policy '" + policy + "' (it has: " + listed(follower.names()) + ")");
    }
    return fail(Errc::no_data, "the journal has no decision of '" + policy + "'" + (at ? " at that time" : ""));
}

}  // namespace setpoint
