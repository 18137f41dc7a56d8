// SPDX-License-Identifier: Apache-2.0
#include "policies/track.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "core/units.hpp"
#include "policies/pod_groups.hpp"
#include "policies/spec.hpp"
#include "policies/track_hpa.hpp"

namespace setpoint {
namespace {

bool of_resource(Dimension dimension) { return dimension == Dimension::cores || dimension == Dimension::bytes; }

/// How many serving replicas the signal says are needed, between the two readings of what is uncertain:
/// replicas that gave no value, or a window in which their number changed. Between the two, nothing is
/// known to be wrong.
struct Need {
    double low = 0;
    double high = 0;
    double measured = 0;
    double ratio = 0;    // measured by goal, on the replicas that were measured
    double counted = 0;  // ... how many those were
};

/// The proportional law: needed = replicas that served * measured / goal. Absolute, so that the same
/// sample asks for the same size however often it is read.
class Track final : public Policy {
public:
    explicit Track(const TrackGoal& goal) : goal_(goal) {}

    [[nodiscard]] Proposal propose(const Observation& seen) override;
    void bind_state(Fields&) override {}

private:
    [[nodiscard]] Proposal by_pods(const Observation& seen, const Reading& reading);
    [[nodiscard]] Proposal by_window(const Observation& seen, const Reading& reading) const;
    [[nodiscard]] Proposal answer(const Observation& seen, const Need& need) const;
    [[nodiscard]] Proposal idle() const;

    TrackGoal goal_;
    std::vector<GroupedPod> groups_;  // room for one tick
};

Proposal Track::idle() const {
    const Reason reason{Code::idle, goal_.signal, {}};
    // Without traffic a latency or a share says nothing of the size; an amount says that there is none.
    const bool of_each_request = goal_.dimension == Dimension::time || goal_.dimension == Dimension::ratio;
    if (of_each_request) return {ProposalKind::none, 0, {}, reason, {}};
    return wish(0, reason);
}

Proposal Track::propose(const Observation& seen) {
    const Reading& reading = seen.of(goal_.signal);
    if (reading.state == SignalState::idle) return idle();
    if (!reading.usable()) return hold_for(reading, goal_.signal);
    if (goal_.per_pod && seen.replicas == 0) return {ProposalKind::none, 0, {}, {Code::at_zero, goal_.signal, {}}, {}};
    if (reading.kind == SampleKind::pods) return by_pods(seen, reading);
    if (!goal_.per_pod && goal_.of == TrackGoal::Of::average_value) {
        const double needed = reading.value / goal_.goal;
        const auto size = static_cast<double>(std::max<Replicas>(seen.replicas, 1));
        return answer(seen, {needed, needed, reading.value, needed / size, size});
    }
    return by_window(seen, reading);
}

Proposal Track::by_window(const Observation& seen, const Reading& reading) const {
    if (goal_.per_pod && goal_.of == TrackGoal::Of::average_value && goal_.share.is_share()) {
        return goal_.hold_without_whole(0);  // a mean over pods is a share of an unknown whole
    }
    const double ratio = reading.value / goal_.goal;
    if (seen.replicas == 0) return answer(seen, {ratio, ratio, reading.value, ratio, 0});
    if (reading.mean_ready <= 0) return hold({Code::no_ready_pods, goal_.signal, {}});
    // The mean of demand by replicas over the window, times the mean of replicas, is too much when their
    // number changed within the window; times the harmonic mean, it is right or too little.
    const double fewest =
        reading.harmonic_ready > 0 ? std::min(reading.harmonic_ready, reading.mean_ready) : reading.mean_ready;
    const double low = fewest * ratio;
    return answer(seen, {low, reading.mean_ready * ratio, reading.value, ratio, reading.mean_ready});
}

Proposal Track::by_pods(const Observation& seen, const Reading& reading) {
    const GroupRules rules{goal_.dimension == Dimension::cores, Unstated::trusted};
    group_pods(seen.pods, reading.pods, rules, seen.now, groups_);
    const bool as_share = goal_.of == TrackGoal::Of::utilization;
    double usage = 0;
    double whole = 0;
    double ready = 0;
    double unready = 0;
    double missing = 0;
    double without = 0;
    for (const auto& [group, pod, value] : groups_) {
        if (group == PodGroup::missing) ++missing;
        if (group == PodGroup::unready) ++unready;
        const bool counts = group == PodGroup::ready || (group == PodGroup::stranger && seen.pods.empty());
        if (!counts) continue;
        const auto stated = pod != nullptr ? goal_.share.whole(*pod) : std::nullopt;
        if (!stated) ++without;
        ++ready;
        usage += value->value;
        whole += stated.value_or(0);
    }
    Proposal out;
    if (ready == 0) {
        out = hold({Code::no_pods, goal_.signal, {}});
    } else if (as_share && (without > 0 || whole <= 0)) {
        out = goal_.hold_without_whole(without);
    } else {
        const double measured = as_share ? usage / whole : usage / ready;
        const double ratio = measured / goal_.goal;
        const double needed = ratio * ready;
        // A pod without a value may use nothing, or as much as it should. And what pods that are gone since did in the sample's
        // window, those that are left do now: until it is measured, the load may be all that was.
        out = answer(seen, {needed, std::max(needed + missing, ratio * reading.mean_ready), measured, ratio, ready});
    }
    out.terms.add(Term::pods_ready, ready);
    out.terms.add(Term::pods_unready, unready);
    out.terms.add(Term::pods_missing, missing);
    return out;
}

Proposal Track::answer(const Observation& seen, const Need& need) const {
    const auto current = static_cast<double>(seen.replicas);
    // What serves or soon will; what should long have started does not count as being there.
    double capacity = std::min(static_cast<double>(seen.ready + seen.starting()), current);
    if (capacity <= 0) capacity = current;

    double size = current;
    Code code = Code::within_tolerance;
    const auto tolerable = [&](double needed) { return capacity > 0 && goal_.tolerates(needed / capacity); };
    const bool uncertain = need.low <= capacity && capacity <= need.high;
    if (tolerable(need.low) || tolerable(need.high) || (uncertain && capacity > 0)) {
        if (need.high > need.low && !goal_.tolerates(need.ratio)) code = Code::fill_within;
    } else if (need.low > capacity) {
        code = Code::ratio;
        size = std::max(need.low, current);
    } else if (need.ratio > 1 && !goal_.tolerates(need.ratio) && need.counted < current) {
        code = Code::fill_reversed;  // those that serve have too much to do: no reason to shrink
    } else {
        code = Code::ratio;
        size = need.high;
    }

    Proposal out = wish(size, {code, goal_.signal, {need.measured, goal_.goal, need.ratio, need.counted, size}});
    if (code == Code::fill_within || code == Code::fill_reversed) {
        out.reason.args = {need.ratio, need.high / capacity};
    }
    out.terms = {{Term::measured, need.measured},
                 {Term::goal, goal_.goal},
                 {Term::ratio, need.ratio},
                 {Term::mean_ready, need.counted},
                 {Term::wish, size}};
    return out;
}

/// The signal and the goal, resolved; an error where the settings name a signal that is not there.
Result<TrackGoal> resolve(const TrackSettings& settings, const ScalingSpec& spec) {
    const auto signal = spec.find_signal(settings.signal);
    if (!signal) return fail(Errc::bad_config, fmt::format("there is no signal '{}'", settings.signal));
    const auto& described = spec.signals[index(*signal)];
    TrackGoal out;
    out.signal = *signal;
    out.dimension = described.dimension;
    out.share = share_of(described);
    out.per_pod = described.per_pod;
    if (settings.utilization) {
        out.of = TrackGoal::Of::utilization;
        out.goal = *settings.utilization;
    } else if (settings.average_value) {
        out.of = TrackGoal::Of::average_value;
        out.goal = *settings.average_value;
    } else if (settings.value) {
        out.of = TrackGoal::Of::value;
        out.goal = *settings.value;
    }
    if (!(out.goal > 0)) return fail(Errc::bad_config, fmt::format("the goal must be above 0, was {}", out.goal));
    const Behavior behavior = spec.behavior.value_or(Behavior{});
    const auto tolerance_of = [&](const ScalingRules& rules) {
        return settings.tolerance.value_or(rules.tolerance.value_or(0.1));
    };
    out.tolerance_down = tolerance_of(behavior.scale_down);
    out.tolerance_up = tolerance_of(behavior.scale_up);
    return out;
}

std::string known_signals(const ScalingSpec& spec) {
    if (spec.signals.empty()) return "there are none";
    std::string names;
    for (const auto& signal : spec.signals) names += (names.empty() ? "" : ", ") + signal.name;
    return "known are " + names;
}

}  // namespace

void bind(Fields& fields, TrackSettings& settings) {
    fields.signal("signal", settings.signal, "the signal to hold");
    fields.optional("utilization", settings.utilization, Rule{0.01, 1e15, false, Notation::percentage},  // HPA sets no limit
                    "the goal, as a share of what the pods request, or of what the signal says");
    fields.optional("averageValue", settings.average_value, in_unit_of_signal(),
                    "the goal for each replica, in the unit of the signal");
    fields.optional("value", settings.value, in_unit_of_signal(), "the goal for the signal as a whole");
    fields.optional("tolerance", settings.tolerance, percent(0, 100), "no change while the ratio is this near to 1");
}

void validate(const TrackSettings& settings, const ScalingSpec& spec, Diagnostics& out) {
    const int goals = (settings.utilization ? 1 : 0) + (settings.average_value ? 1 : 0) + (settings.value ? 1 : 0);
    if (goals != 1) {
        out.error("", fmt::format("needs exactly one of utilization, averageValue and value, {}",
                                  goals == 0 ? "has none" : "has several"));
    }
    const auto must_be_positive = [&](const char* name, const std::optional<double>& goal) {
        if (goal && !(*goal > 0)) out.error(name, fmt::format("must be above 0, was {}", *goal));
    };
    must_be_positive("utilization", settings.utilization);
    must_be_positive("averageValue", settings.average_value);
    must_be_positive("value", settings.value);
    if (settings.tolerance && !(*settings.tolerance >= 0 && *settings.tolerance <= 1)) {
        out.error("tolerance", fmt::format("must be 0% to 100%, was {}", format_percentage(*settings.tolerance)));
    }
    const auto found = spec.find_signal(settings.signal);
    if (!found) {
        out.error("signal", fmt::format("must name a signal of this document ({}), was '{}'", known_signals(spec),
                                        settings.signal));
        return;
    }
    const auto& signal = spec.signals[index(*found)];
    if (settings.utilization && !(signal.per_pod && of_resource(signal.dimension))) {
        out.error("utilization",
                  fmt::format("needs the cpu or memory of the pods, and '{}' is neither: use value or averageValue",
                              signal.name));
    }
    if (settings.utilization && signal.per_pod && of_resource(signal.dimension) && !share_of(signal).is_share()) {
        out.error("utilization", fmt::format("needs something to be a share of, and '{}' is absolute: use averageValue", signal.name));
    }
    if (settings.value && signal.per_pod) {
        out.error(
            "value",
            fmt::format("is a goal for one number, and '{}' has one for each pod: use utilization or averageValue",
                        signal.name));
    }
}

Result<std::unique_ptr<Policy>> make(const TrackSettings& settings, const ScalingSpec& spec) {
    const auto goal = resolve(settings, spec);
    if (!goal) return tl::unexpected<Error>(goal.error());
    if (spec.compat == Compat::hpa) return std::unique_ptr<Policy>(std::make_unique<TrackHpa>(*goal));
    return std::unique_ptr<Policy>(std::make_unique<Track>(*goal));
}

}  // namespace setpoint
