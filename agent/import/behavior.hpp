// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "agent/import/foreign.hpp"

namespace setpoint {

/// HPA v2's `behavior`, whose fields are ours; null where there is none.
[[nodiscard]] nlohmann::ordered_json import_behavior(Foreign behavior);

}  // namespace setpoint
