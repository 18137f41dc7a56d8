// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace setpoint {

/// Of one `kind: ScalingPolicy`, of one `kind: Source`, and of the one `kind: Agent`.
[[nodiscard]] nlohmann::ordered_json policy_schema();
[[nodiscard]] nlohmann::ordered_json source_schema();
[[nodiscard]] nlohmann::ordered_json agent_schema();

/// The JSON Schema (2020-12) of any document, for editors and CI.
[[nodiscard]] nlohmann::ordered_json document_schema();

}  // namespace setpoint
