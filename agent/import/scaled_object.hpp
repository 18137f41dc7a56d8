// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "agent/import/draft.hpp"
#include "agent/import/foreign.hpp"

namespace setpoint {

inline constexpr std::string_view kScaledObjectKind = "ScaledObject";
inline constexpr std::string_view kScaledObjectVersion = "keda.sh/v1alpha1";

/// KEDA's ScaledObject. What is wrong, and what has no counterpart, goes into the findings of `object`.
[[nodiscard]] Draft import_scaled_object(Foreign object);

}  // namespace setpoint
