// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace setpoint {

/// The JSON Schema (draft 2020-12) of a policy document, made from the tables that the reader fills. What
/// spans several fields is beyond it.
[[nodiscard]] nlohmann::ordered_json document_schema();

}  // namespace setpoint
