// SPDX-License-Identifier: Apache-2.0
#include "policies/track_hpa.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace setpoint {
namespace {

using Milli = std::int64_t;

constexpr double kNoise = 1e-6;  // of a milli-unit: what a decimal loses as a double

/// Thousandths, rounded up as a Kubernetes quantity rounds.
Milli milli(double value) {
    constexpr double kMost = 9e15;  // 9 TB in thousandths of a byte; sums over a thousand pods still fit
    const double scaled = value * 1000;
    const double nearest = std::round(scaled);  // of many bytes the noise is more than a unit, and nothing may be lost
    const bool is_whole = std::abs(scaled - nearest) <= kNoise * std::max(1.0, std::abs(scaled) * 1e-6);
    const double whole = is_whole ? nearest : std::ceil(scaled);
    return static_cast<Milli>(std::clamp(whole, -kMost, kMost));
}

double ceil_to_int32(double n) {
    const double most = std::numeric_limits<std::int32_t>::max();
    return std::clamp(std::ceil(n), -most, most);
}

/// A whole percentage, as HPA's targets are.
std::int64_t percent_of(double ratio) { return std::llround(ratio * 100); }

struct Sums {
    Milli usage = 0;
    Milli request = 0;       // of those that state one
    std::int64_t count = 0;  // readings, also of pods without a request
};

/// Values of those that count, and what the missing and the unready are taken to use.
struct Fill {
    std::optional<double> missing;  // a share of the request, or (without requests) the value itself
    bool unready_idle = false;      // unready pods use nothing
};

class Tally {
public:
    Tally(const TrackGoal& goal, std::span<const GroupedPod> groups) : goal_(goal), groups_(groups) {}

    [[nodiscard]] std::size_t count(PodGroup group) const {
        return static_cast<std::size_t>(std::ranges::count(groups_, group, &GroupedPod::group));
    }
    [[nodiscard]] std::size_t without_request() const;
    [[nodiscard]] Sums sums(const Fill& fill) const;
    /// Measured and measured by goal; nothing when no value has a request.
    struct Level {
        double measured = 0;
        double ratio = 0;
    };
    [[nodiscard]] std::optional<Level> level(const Sums& sums) const;

private:
    [[nodiscard]] bool by_request() const { return goal_.of == TrackGoal::Of::utilization; }
    [[nodiscard]] std::optional<Milli> usage_of(const GroupedPod& entry, const Fill& fill) const;

    const TrackGoal& goal_;
    std::span<const GroupedPod> groups_;
};

std::size_t Tally::without_request() const {
    if (!by_request()) return 0;
    return static_cast<std::size_t>(std::ranges::count_if(
        groups_, [&](const GroupedPod& entry) { return entry.pod != nullptr && !goal_.share.whole(*entry.pod); }));
}

std::optional<Milli> Tally::usage_of(const GroupedPod& entry, const Fill& fill) const {
    switch (entry.group) {
        case PodGroup::ready:
        case PodGroup::stranger:
            return milli(entry.reading->value);
        case PodGroup::missing: {
            if (!fill.missing) return std::nullopt;
            if (!by_request()) return milli(*fill.missing);
            return milli(goal_.share.whole(*entry.pod).value_or(0)) * percent_of(*fill.missing) / 100;
        }
        case PodGroup::unready:
            return fill.unready_idle ? std::optional<Milli>{0} : std::nullopt;
        case PodGroup::ignored:
            return std::nullopt;
    }
    return std::nullopt;
}

Sums Tally::sums(const Fill& fill) const {
    Sums out;
    for (const auto& entry : groups_) {
        const auto usage = usage_of(entry, fill);
        if (!usage) continue;
        ++out.count;
        if (by_request()) {
            if (entry.pod == nullptr) continue;
            out.request += milli(goal_.share.whole(*entry.pod).value_or(0));
        }
        out.usage += *usage;
    }
    return out;
}

std::optional<Tally::Level> Tally::level(const Sums& sums) const {
    if (!by_request()) {
        if (sums.count == 0) return std::nullopt;
        const Milli mean = sums.usage / sums.count;
        return Level{static_cast<double>(mean) / 1000,
                     static_cast<double>(mean) / static_cast<double>(milli(goal_.goal))};
    }
    if (sums.request == 0) return std::nullopt;
    // Whole percents, truncated; the parts keep 100 times the usage of many large pods in range.
    const Milli percent =
        sums.usage / sums.request * 100 + static_cast<Milli>(static_cast<long double>(sums.usage % sums.request) * 100 /
                                                             static_cast<long double>(sums.request));
    return Level{static_cast<double>(percent) / 100,
                 static_cast<double>(percent) / static_cast<double>(percent_of(goal_.goal))};
}

/// Running and ready, as HPA counts for metrics that are not per pod. Where no pods are known, what the
/// target says.
double ready_pods(const Observation& seen) {
    if (seen.pods.empty()) return seen.ready;
    return static_cast<double>(std::ranges::count_if(
        seen.pods, [](const Pod& pod) { return pod.phase == PodPhase::running && pod.ready.value_or(false); }));
}

bool reversed(double ratio, double filled) { return (ratio < 1 && filled > 1) || (ratio > 1 && filled < 1); }

}  // namespace

Proposal TrackHpa::propose(const Observation& seen) {
    const Reading& reading = seen.of(goal_.signal);
    if (!reading.usable()) return hold_for(reading, goal_.signal);
    if (goal_.per_pod && seen.replicas == 0 && seen.pods.empty()) return hold({Code::at_zero, goal_.signal, {}});
    if (reading.kind == SampleKind::pods) return by_pods(seen, reading);
    if (goal_.per_pod) return by_mean(seen, reading);
    return goal_.of == TrackGoal::Of::average_value ? by_average(seen, reading) : by_value(seen, reading);
}

Proposal TrackHpa::keep(const Observation& seen, Code code, double measured, double ratio) const {
    const auto size = static_cast<double>(seen.replicas);
    return wish(size, {code, goal_.signal, {measured, goal_.goal, ratio, size, size}});
}

Proposal TrackHpa::ask(double measured, double ratio, double counted, double size) const {
    return wish(size, {Code::ratio, goal_.signal, {measured, goal_.goal, ratio, counted, size}});
}

Proposal TrackHpa::by_pods(const Observation& seen, const Reading& reading) {
    const GroupRules rules{goal_.dimension == Dimension::cores, Unstated::as_hpa};
    group_pods(seen.pods, reading.pods, rules, seen.now, groups_);
    if (seen.pods.empty()) {
        for (auto& entry : groups_) entry.group = PodGroup::ready;  // no list, so nobody is a stranger
    }
    const Tally tally{goal_, groups_};
    Proposal out = by_groups(seen);
    out.terms = {{Term::pods_ready, static_cast<double>(tally.count(PodGroup::ready))},
                 {Term::pods_unready, static_cast<double>(tally.count(PodGroup::unready))},
                 {Term::pods_missing, static_cast<double>(tally.count(PodGroup::missing))}};
    return out;
}

Proposal TrackHpa::by_groups(const Observation& seen) const {
    const Tally tally{goal_, groups_};
    const Sums sums = tally.sums({});
    if (sums.count == 0) return hold({Code::no_pods, goal_.signal, {}});
    if (const auto without = tally.without_request(); without > 0) return goal_.hold_without_whole(static_cast<double>(without));
    const auto level = tally.level(sums);
    if (!level) return goal_.hold_without_whole(static_cast<double>(sums.count));
    const double ratio = level->ratio;

    const bool up_with_unready = ratio > 1 && tally.count(PodGroup::unready) > 0;
    if (!up_with_unready && tally.count(PodGroup::missing) == 0) {
        if (goal_.tolerates(ratio)) return keep(seen, Code::within_tolerance, level->measured, ratio);
        const auto counted = static_cast<double>(tally.count(PodGroup::ready));
        return ask(level->measured, ratio, counted, ceil_to_int32(ratio * counted));
    }

    Fill fill;
    fill.unready_idle = up_with_unready;
    if (ratio < 1) fill.missing = goal_.of == TrackGoal::Of::utilization ? std::max(1.0, goal_.goal) : goal_.goal;
    if (ratio > 1) fill.missing = 0;
    const Sums filled_sums = tally.sums(fill);
    const auto filled = tally.level(filled_sums);
    if (!filled) return goal_.hold_without_whole(static_cast<double>(filled_sums.count));
    const auto current = static_cast<double>(seen.replicas);
    const auto counted = static_cast<double>(filled_sums.count);
    const double size = ceil_to_int32(filled->ratio * counted);
    const bool within = goal_.tolerates(filled->ratio);
    if (within || reversed(ratio, filled->ratio) || (filled->ratio < 1 && size > current) ||
        (filled->ratio > 1 && size < current)) {
        const Code code = within ? Code::fill_within : Code::fill_reversed;
        return wish(current, {code, goal_.signal, {ratio, filled->ratio}});
    }
    return ask(level->measured, filled->ratio, counted, size);
}

Proposal TrackHpa::by_mean(const Observation& seen, const Reading& reading) const {
    double measured = reading.value;
    double ratio = 0;
    if (goal_.of == TrackGoal::Of::utilization) {
        const double percent = std::trunc(measured * 100 + kNoise);
        measured = percent / 100;
        ratio = percent / static_cast<double>(percent_of(goal_.goal));
    } else if (goal_.share.is_share()) {
        return goal_.hold_without_whole(0);  // a mean over pods is a share of an unknown whole
    } else {
        ratio = static_cast<double>(milli(measured)) / static_cast<double>(milli(goal_.goal));
    }
    if (goal_.tolerates(ratio)) return keep(seen, Code::within_tolerance, measured, ratio);
    return by_ready(seen, measured, ratio);
}

/// HPA's selector that matches no pod makes the metric invalid; pods of which none is ready count as zero.
Proposal TrackHpa::by_ready(const Observation& seen, double measured, double ratio) const {
    const double ready = ready_pods(seen);
    if (seen.pods.empty() && ready == 0) return hold({Code::no_pods, goal_.signal, {}});
    return ask(measured, ratio, ready, ceil_to_int32(ratio * ready));
}

Proposal TrackHpa::by_value(const Observation& seen, const Reading& reading) const {
    const double ratio = static_cast<double>(milli(reading.value)) / static_cast<double>(milli(goal_.goal));
    if (seen.replicas == 0) return ask(reading.value, ratio, 0, ceil_to_int32(ratio));
    if (goal_.tolerates(ratio)) return keep(seen, Code::within_tolerance, reading.value, ratio);
    return by_ready(seen, reading.value, ratio);
}

Proposal TrackHpa::by_average(const Observation& seen, const Reading& reading) const {
    const auto usage = static_cast<double>(milli(reading.value));
    const auto goal = static_cast<double>(milli(goal_.goal));
    const auto existing = static_cast<double>(seen.status);
    // At no replicas the ratio is infinite or undefined, and neither is tolerable; shown is that for one.
    const double ratio = existing > 0 ? usage / (goal * existing) : usage / goal;
    if (existing > 0 && goal_.tolerates(ratio)) {
        return wish(existing,
                    {Code::within_tolerance, goal_.signal, {reading.value, goal_.goal, ratio, existing, existing}});
    }
    return ask(reading.value, ratio, existing, ceil_to_int32(usage / goal));
}

}  // namespace setpoint
