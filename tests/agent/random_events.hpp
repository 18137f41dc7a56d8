// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "policies/event.hpp"

namespace setpoint {

/// An endless log of events for a few targets, good and bad alike: pods that come and go, samples that are
/// missing, late, from the future or no numbers, sizes that others set, orders that fail, overrides, and
/// now and then another configuration. The same seed gives the same events.
class RandomEvents {
public:
    explicit RandomEvents(std::uint64_t seed) : random_(seed) {}

    [[nodiscard]] static std::vector<ScalingSpec> specs();
    [[nodiscard]] static GuardSettings guards();

    /// The first is a ConfigSet.
    [[nodiscard]] Event next();

private:
    static constexpr std::uint32_t kTargets = 4;

    [[nodiscard]] bool chance(double probability) { return std::bernoulli_distribution{probability}(random_); }
    [[nodiscard]] std::int64_t whole(std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>{low, high}(random_);
    }
    [[nodiscard]] double real(double low, double high) {
        return std::uniform_real_distribution<double>{low, high}(random_);
    }
    [[nodiscard]] double value();

    [[nodiscard]] ConfigSet configure();
    [[nodiscard]] Sample sample(TargetId target);
    [[nodiscard]] PodDelta pod(TargetId target);
    [[nodiscard]] ApplyResult applied(TargetId target);
    [[nodiscard]] OverrideSet override_by_hand(TargetId target);

    std::mt19937_64 random_;
    Time now_{std::chrono::hours{24 * 365 * 55}};
    bool configured_ = false;
};

}  // namespace setpoint
