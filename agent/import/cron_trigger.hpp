// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/result.hpp"

namespace setpoint {

/// The window of a `schedule` that opens at each `start` and closes at the next `end` (five fields of cron each), as `days`,
/// `from` and `to` where that says it, else as `cron` and `duration`. `bad_config` where it is open for another time each time.
[[nodiscard]] Result<nlohmann::ordered_json> window_between(const std::string& start, const std::string& end);

}  // namespace setpoint
