// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "agent/import/draft.hpp"
#include "agent/import/foreign.hpp"

namespace setpoint {

inline constexpr std::string_view kHpaKind = "HorizontalPodAutoscaler";

/// A HorizontalPodAutoscaler of autoscaling/v1 (with its annotations), v2beta1, v2beta2 or v2. What is wrong, and what has no
/// counterpart, goes into the findings of `object`.
[[nodiscard]] Draft import_hpa(Foreign object, std::string_view api_version);

}  // namespace setpoint
