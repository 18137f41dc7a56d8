// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "core/result.hpp"

namespace setpoint {

/// Parses JSON that a person may have written: a key given twice and nesting deeper than 16 are errors.
[[nodiscard]] Result<nlohmann::json> parse_strict_json(std::string_view text);

}  // namespace setpoint
