// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "policies/decision.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// A decision as everything outside reads it: sentences beside codes, numbers finite or null, times in Unix
/// seconds, ages in seconds. `spec` is the document that was decided for; it has the names.
[[nodiscard]] nlohmann::ordered_json decision_json(const Decision& decision, const ScalingSpec& spec);

}  // namespace setpoint
