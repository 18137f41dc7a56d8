// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <ctime>

#include "core/time.hpp"

namespace setpoint {

/// Time since this machine was booted, which passes while it is suspended too (CLOCK_BOOTTIME), and which no hand sets.
struct BootClock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;

    [[nodiscard]] static time_point now() {
        timespec time{};
        ::clock_gettime(CLOCK_BOOTTIME, &time);
        return time_point{std::chrono::floor<Duration>(std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec})};
    }
};

using BootTime = BootClock::time_point;

}  // namespace setpoint
