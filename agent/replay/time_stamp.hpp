// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace setpoint {

/// Reads the times of one recording: RFC 3339 (a space for the T, a date alone and a missing zone are
/// accepted), or a number counted from 1970 in seconds, milliseconds, microseconds or nanoseconds. The
/// size of the first number tells which; a later one that would mean another unit is no time.
class TimeReader {
public:
    /// Unix milliseconds.
    [[nodiscard]] std::optional<std::int64_t> read(std::string_view text);
    [[nodiscard]] std::optional<std::int64_t> read(double number);

    /// The last time read as a date had no zone, and was taken as UTC.
    [[nodiscard]] bool without_zone() const { return without_zone_; }

private:
    [[nodiscard]] std::optional<std::int64_t> read_date(std::string_view text);
    [[nodiscard]] std::optional<std::int64_t> days_of(std::string_view date);

    std::optional<double> per_millisecond_;  // of numbers, once the first one was seen
    std::string last_date_;                  // most rows have the date of the row before
    std::int64_t last_days_ = 0;
    bool without_zone_ = false;
};

/// Whether a column of this name holds the time: `time`, `Timestamp`, `ts`, `date`, ...
[[nodiscard]] bool names_a_time(std::string_view column);

/// Equal but for the case of ASCII letters.
[[nodiscard]] bool same_but_for_case(std::string_view a, std::string_view b);

}  // namespace setpoint
