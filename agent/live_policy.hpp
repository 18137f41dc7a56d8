// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/ids.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// A policy that this version can run live: what to decide, whom to scale, and where the signals come from.
struct LivePolicy {
    ScalingSpec spec;
    std::string label;               // of the containers: app=cart
    std::optional<SignalId> cpu;     // of the Engine's statistics
    std::optional<SignalId> memory;
};

}  // namespace setpoint
