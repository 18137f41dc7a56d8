// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace setpoint {

/// A schema of ours (JSON Schema 2020-12, as SchemaFields describes) as the structural schema that Kubernetes wants: one type a
/// node, or none and whatever is there preserved; no defaults, no choices, nothing required, objects keep what they do not know.
[[nodiscard]] nlohmann::ordered_json structural_schema(const nlohmann::ordered_json& schema);

}  // namespace setpoint
