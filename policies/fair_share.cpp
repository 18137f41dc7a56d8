// SPDX-License-Identifier: Apache-2.0
#include "policies/fair_share.hpp"

#include <algorithm>
#include <tuple>

namespace setpoint {
namespace {

Replicas at_level(const Claim& claim, Replicas level) { return std::clamp(level, claim.floor, std::max(claim.floor, claim.wish)); }

std::int64_t sum_at_level(std::span<const Claim> claims, Replicas level) {
    std::int64_t sum = 0;
    for (const auto& claim : claims) sum += at_level(claim, level);
    return sum;
}

/// Whether one more at this level would go to it.
bool rises_above(const Claim& claim, Replicas level) { return claim.floor <= level && level < claim.wish; }

}  // namespace

Replicas fair_share(std::span<const Claim> claims, std::size_t self, std::int64_t total) {
    const Claim& own = claims[self];
    Replicas highest = 0;
    for (const auto& claim : claims) highest = std::max({highest, claim.floor, claim.wish});
    if (sum_at_level(claims, highest) <= total) return at_level(own, highest);
    Replicas level = 0;  // enough for this one
    while (highest - level > 1) {
        const Replicas middle = level + (highest - level) / 2;
        (sum_at_level(claims, middle) <= total ? level : highest) = middle;
    }
    const std::int64_t rest = total - sum_at_level(claims, level);
    if (rest <= 0 || !rises_above(own, level)) return at_level(own, level);
    std::int64_t before = 0;
    for (std::size_t i = 0; i < claims.size(); ++i) {
        if (rises_above(claims[i], level) && std::tie(claims[i].turn, i) < std::tie(own.turn, self)) ++before;
    }
    return before < rest ? level + 1 : level;
}

}  // namespace setpoint
