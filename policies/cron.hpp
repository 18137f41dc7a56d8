// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "core/result.hpp"

namespace setpoint {

/// The five fields of cron: minute, hour, day of month, month, day of week, with lists, ranges, steps and
/// English names; 0 and 7 are Sunday. Where both days are restricted (neither starts with `*`), either
/// will do, as cron(5) has it.
class Cron {
public:
    [[nodiscard]] static Result<Cron> parse(std::string_view text);

    [[nodiscard]] bool on(std::chrono::local_days day) const;
    [[nodiscard]] bool at_hour(unsigned hour) const { return (hours_ >> hour & 1) != 0; }
    [[nodiscard]] bool at_minute(unsigned minute) const { return (minutes_ >> minute & 1) != 0; }

private:
    std::uint64_t minutes_ = 0;
    std::uint64_t hours_ = 0;
    std::uint64_t days_ = 0;
    std::uint64_t months_ = 0;
    std::uint64_t weekdays_ = 0;  // 0 is Sunday
    bool either_day_ = false;
};

}  // namespace setpoint
