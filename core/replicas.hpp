// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace setpoint {

/// A number of replicas. Never negative.
using Replicas = std::int32_t;

/// The most replicas any setting or answer may name; far above what any orchestrator runs.
inline constexpr Replicas kMaxReplicas = 100'000;

/// What a target may be sized to, both ends included.
struct Bounds {
    Replicas min = 1;
    Replicas max = kMaxReplicas;

    [[nodiscard]] constexpr Replicas clamp(Replicas n) const { return n < min ? min : (n > max ? max : n); }
    friend bool operator==(const Bounds&, const Bounds&) = default;
};

}  // namespace setpoint
