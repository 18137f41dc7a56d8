// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

#include "core/time.hpp"

namespace setpoint {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Agent time: wall clock at first start plus steady elapsed time, resumed at the later of the saved time
/// and the wall clock, never stepping. Pure: both clocks are arguments.
class AgentTime {
public:
    /// `saved`: the newest agent time of the last run.
    AgentTime(WallTime wall, SteadyTime steady, std::optional<Time> saved);

    [[nodiscard]] Time at(SteadyTime steady) const;

    /// A stamp of the civil clock, ours or a server's, as agent time; `wall` and `steady` are that clock
    /// and ours, read together.
    [[nodiscard]] Time translate(WallTime stamp, WallTime wall, SteadyTime steady) const;

private:
    Time origin_;
    SteadyTime started_;
};

/// Agent time by this machine's clocks. Any thread.
class Clock {
public:
    explicit Clock(std::optional<Time> saved = std::nullopt);

    [[nodiscard]] Time now() const;
    /// Civil time; it may step.
    [[nodiscard]] WallTime wall() const;
    /// A stamp by a civil clock that agrees with ours, as agent time.
    [[nodiscard]] Time translate(WallTime stamp) const;

private:
    AgentTime time_;
};

}  // namespace setpoint
