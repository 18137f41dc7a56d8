// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "policies/spec.hpp"

namespace setpoint {

/// The settings of a policy that are in force, defaults filled in, as its document would say them; of signals what decides on their
/// age. With `minReplicas` and `maxReplicas` for tables. Values in a signal's unit are plain numbers (seconds, cores, bytes, ratios).
[[nodiscard]] nlohmann::ordered_json settings_json(const ScalingSpec& spec);

}  // namespace setpoint
