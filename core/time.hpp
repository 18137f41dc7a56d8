// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace setpoint {

using Duration = std::chrono::duration<std::int64_t, std::milli>;

/// Agent time: wall clock at first start plus steady elapsed time, never stepping. It has no now():
/// whoever needs the time receives it in an event.
struct AgentClock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<AgentClock>;
    static constexpr bool is_steady = true;
};

using Time = AgentClock::time_point;

/// Civil time (UTC), for schedules and for showing; it may step.
using WallTime = std::chrono::sys_time<Duration>;

[[nodiscard]] constexpr double seconds(Duration d) { return static_cast<double>(d.count()) / 1000.0; }

[[nodiscard]] constexpr Duration from_seconds(double s) {
    return Duration{static_cast<std::int64_t>(s * 1000.0 + (s < 0 ? -0.5 : 0.5))};
}

/// Seconds since the Unix epoch, as agent time counts them.
[[nodiscard]] constexpr double unix_seconds(Time t) { return seconds(t.time_since_epoch()); }

[[nodiscard]] constexpr Time at_unix(double s) { return Time{from_seconds(s)}; }

}  // namespace setpoint
