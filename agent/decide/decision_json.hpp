// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "policies/decision.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// JSON has no NaN and no infinity: null; a whole number is written as one.
[[nodiscard]] nlohmann::ordered_json json_number(double value);

[[nodiscard]] std::string_view name_of(SignalState state);  // fresh, idle, stale, missing
[[nodiscard]] std::string_view name_of(Health health);      // active, holding, degraded, suspended

/// Whether the target was seen; before that the sizes say nothing.
[[nodiscard]] inline bool is_known(const Decision& decision) { return decision.reason.code != Code::target_unknown; }

/// A decision as everything outside reads it: sentences beside codes, numbers finite or null, times in Unix
/// seconds, ages in seconds, sizes null where the target was not seen. `spec` is the document that was decided for; it has the names.
[[nodiscard]] nlohmann::ordered_json decision_json(const Decision& decision, const ScalingSpec& spec);

}  // namespace setpoint
