// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <variant>

#include "core/diagnostics.hpp"
#include "core/result.hpp"
#include "policies/pid.hpp"
#include "policies/policy.hpp"
#include "policies/predictive.hpp"
#include "policies/schedule.hpp"
#include "policies/step.hpp"
#include "policies/track.hpp"

namespace setpoint {

struct ScalingSpec;

/// Every kind of policy: one line each, here and above.
using PolicySettings = std::variant<  //
    TrackSettings,
    StepSettings,
    ScheduleSettings,
    PidSettings,
    PredictiveSettings>;

[[nodiscard]] std::string_view kind_of(const PolicySettings& settings);

/// The signal that a policy is named after; empty where it has none.
[[nodiscard]] std::string_view signal_of(const PolicySettings& settings);

void validate(const PolicySettings& settings, const ScalingSpec& spec, Diagnostics& out);

/// Builds the law. The settings were validated; a signal that is not in `spec` is an error all the same.
[[nodiscard]] Result<std::unique_ptr<Policy>> make_policy(const PolicySettings& settings, const ScalingSpec& spec);

}  // namespace setpoint
