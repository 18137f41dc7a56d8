// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// Reads `90s`, `1h30m`, `250ms`, `14d`, `0` is refused: a duration has a unit (ms, s, m, h, d).
/// Parts may have a fraction (`1.5s`) and are added up. Never negative; at most 10 years.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// Reads a Kubernetes quantity: `500m`, `1Gi`, `2k`, `0.5`, `1e3`. Finite; may be negative.
[[nodiscard]] Result<double> parse_quantity(std::string_view text);

/// Reads `70%` as 0.7, and a bare `0.7` as 0.7. A bare number above 1 is refused with a hint at `%`.
[[nodiscard]] Result<double> parse_percentage(std::string_view text);

/// Reads a plain finite number, all of it.
[[nodiscard]] Result<double> parse_number(std::string_view text);

/// The shortest of the forms that parse_duration reads: `90s` gives `1m30s`.
[[nodiscard]] std::string format_duration(Duration d);

/// `0.7` gives `70%`; at most three significant decimals.
[[nodiscard]] std::string format_percentage(double ratio);

/// The shortest decimal text that reads back as the same double.
[[nodiscard]] std::string format_number(double value);

/// RFC 3339 in UTC with milliseconds only where there are any: `2026-01-31T08:00:00Z`.
[[nodiscard]] std::string format_time(WallTime t);

/// Reads RFC 3339 (`2026-01-31T08:00:00.250+01:00`, `Z`; a space for the `T` is accepted).
[[nodiscard]] Result<WallTime> parse_time(std::string_view text);

}  // namespace setpoint
