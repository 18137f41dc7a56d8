// SPDX-License-Identifier: Apache-2.0
#include "policies/startup.hpp"

#include <algorithm>
#include <cmath>

namespace setpoint {
namespace {

constexpr std::size_t kStartsKept = 50;
constexpr std::size_t kPodsRemembered = 64;
constexpr std::size_t kStartsNeeded = 5;
constexpr double kMostChangePerDay = 0.25;

/// The smallest start that at least `share` of the starts did not exceed.
Duration quantile(std::vector<std::int64_t> starts, double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(starts.size())));
    const auto at = starts.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
    std::nth_element(starts.begin(), at, starts.end());
    return Duration{*at};
}

Duration towards(Duration from, Duration to, double most) {
    const double ratio = std::clamp(static_cast<double>(to.count()) / static_cast<double>(from.count()), 1 - most, 1 + most);
    return Duration{static_cast<std::int64_t>(static_cast<double>(from.count()) * ratio)};
}

}  // namespace

void StartupTime::observe(Time now, const Pod& pod, bool rolling_out) {
    if (!pod.ready.value_or(false) || !pod.started_at || !pod.ready_changed || *pod.ready_changed < *pod.started_at) return;
    const auto id = static_cast<std::uint64_t>(pod.id);
    if (std::ranges::find(counted_, id) != counted_.end()) return;
    if (counted_.size() == kPodsRemembered) counted_.erase(counted_.begin());
    counted_.push_back(id);
    if (rolling_out) return;
    // At least one millisecond: a start of no length has no quantile to move by a share.
    const auto took = std::max<std::int64_t>((*pod.ready_changed - *pod.started_at).count(), 1);
    if (starts_.size() == kStartsKept) starts_.erase(starts_.begin());
    starts_.push_back(took);
    if (starts_.size() < kStartsNeeded) return;
    const Duration p90 = quantile(starts_, 0.90);
    const Duration p99 = quantile(starts_, 0.99);
    if (starts_.size() == kStartsNeeded) {
        p90_ = p90;
        p99_ = p99;
    } else {
        constexpr double kDay = 86'400;
        const double most = kMostChangePerDay * std::min(1.0, seconds(now - moved_) / kDay);
        p90_ = towards(p90_, p90, most);
        p99_ = towards(p99_, p99, most);
    }
    moved_ = now;
}

bool StartupTime::held_back() const {
    if (starts_.size() < kStartsNeeded) return false;
    constexpr double kSame = 0.01;
    const double wanted = seconds(quantile(starts_, 0.90));
    return std::abs(wanted - seconds(p90_)) > kSame * wanted;
}

void bind(Fields& fields, StartupTime& startup) {
    fields.state("starts", startup.starts_);
    fields.state("counted", startup.counted_);
    fields.state("p90", startup.p90_);
    fields.state("p99", startup.p99_);
    fields.state("moved", startup.moved_);
}

}  // namespace setpoint
