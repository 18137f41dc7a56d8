// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/formatter.h>

#include <memory>

namespace setpoint {

/// Lines for people: time, level, message.
[[nodiscard]] std::unique_ptr<spdlog::formatter> text_lines();

/// One JSON object a line, for collectors of logs: `time` (RFC 3339, UTC), `level`, `message`.
[[nodiscard]] std::unique_ptr<spdlog::formatter> json_lines();

}  // namespace setpoint
