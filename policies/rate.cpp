// SPDX-License-Identifier: Apache-2.0
#include "policies/rate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace setpoint {
namespace {

constexpr std::int64_t kEventsAPeriod = 32;

Duration longest_period(const ScalingRules& rules) {
    std::int64_t longest = 0;
    for (const auto& rule : rules.policies) longest = std::max(longest, rule.period_seconds);
    return std::chrono::seconds{longest};
}

std::int64_t most_after(const ScalingRule& rule, std::int64_t start) {
    if (rule.type == ScalingRule::Type::pods) return start + rule.value;
    // Up: a share of a small size must still let it grow.
    return static_cast<std::int64_t>(
        std::ceil(static_cast<double>(start) * (1 + static_cast<double>(rule.value) / 100)));
}

std::int64_t least_after(const ScalingRule& rule, std::int64_t start) {
    if (rule.type == ScalingRule::Type::pods) return start - rule.value;
    return static_cast<std::int64_t>(static_cast<double>(start) * (1 - static_cast<double>(rule.value) / 100));
}

Replicas within_range(std::int64_t n) {
    return static_cast<Replicas>(std::clamp<std::int64_t>(n, 0, std::numeric_limits<Replicas>::max()));
}

}  // namespace

RateLimits::RateLimits(Behavior rules, bool exact) : rules_(std::move(rules)), exact_(exact) {}

void RateLimits::scaled(Time at, Replicas from, Replicas to) {
    if (to == from) return;
    const bool up = to > from;
    const Duration own = longest_period(up ? rules_.scale_up : rules_.scale_down);
    const auto outdated = [&](const ScaleEvent& event) { return (event.change > 0) == up && event.at < at - own; };
    if (exact_) {
        // HPA gives the room of one outdated event of the same direction to the new one. The other
        // direction may have a longer period and still count those that stay, so none may go unasked.
        const auto last = std::find_if(events_.rbegin(), events_.rend(), outdated);
        if (last == events_.rend())
            events_.push_back({at, to - from});
        else
            *last = {at, to - from};
        return;
    }
    const Duration longest = std::max(longest_period(rules_.scale_up), longest_period(rules_.scale_down));
    std::erase_if(events_, [&](const ScaleEvent& event) { return event.at < at - longest; });
    if (events_.size() >= kEventsAPeriod && (at - events_.back().at) * kEventsAPeriod < longest) {
        events_.back() = {at, events_.back().change + (to - from)};
        return;
    }
    events_.push_back({at, to - from});
}

std::int64_t RateLimits::start_of_period(Time now, Replicas current, std::int64_t period_seconds) const {
    const Time from = now - std::chrono::seconds{period_seconds};
    std::int64_t start = current;
    for (const auto& event : events_) {
        if (event.at > from) start -= event.change;
    }
    return start;
}

Replicas RateLimits::highest(Time now, Replicas current) const {
    const auto& rules = rules_.scale_up;
    if (rules.select == ScalingRules::Select::disabled || rules.policies.empty()) return current;
    const bool smallest = rules.select == ScalingRules::Select::min;
    std::int64_t most = smallest ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
    for (const auto& rule : rules.policies) {
        const auto proposed = most_after(rule, start_of_period(now, current, rule.period_seconds));
        most = smallest ? std::min(most, proposed) : std::max(most, proposed);
    }
    return std::max(within_range(most), current);
}

Replicas RateLimits::lowest(Time now, Replicas current) const {
    const auto& rules = rules_.scale_down;
    if (rules.select == ScalingRules::Select::disabled || rules.policies.empty()) return current;
    const bool smallest = rules.select == ScalingRules::Select::min;
    std::int64_t least = smallest ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
    for (const auto& rule : rules.policies) {
        const auto proposed = least_after(rule, start_of_period(now, current, rule.period_seconds));
        least = smallest ? std::max(least, proposed) : std::min(least, proposed);
    }
    return std::min(within_range(least), current);
}

void bind(Fields& fields, ScaleEvent& event) {
    fields.state("at", event.at);
    fields.state("change", event.change);
}

void bind(Fields& fields, RateLimits& limits) { fields.state("events", limits.events_); }

}  // namespace setpoint
