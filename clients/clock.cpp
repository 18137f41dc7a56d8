// SPDX-License-Identifier: Apache-2.0
#include "clients/clock.hpp"

#include <algorithm>

namespace setpoint {
namespace {

WallTime wall_now() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

}  // namespace

AgentTime::AgentTime(WallTime wall, SteadyTime steady, std::optional<Time> saved)
    : origin_(wall.time_since_epoch()), started_(steady) {
    if (saved) origin_ = std::max(origin_, *saved);
}

Time AgentTime::at(SteadyTime steady) const { return origin_ + std::chrono::floor<Duration>(steady - started_); }

Time AgentTime::translate(WallTime stamp, WallTime wall, SteadyTime steady) const {
    return at(steady) + (stamp - wall);
}

Clock::Clock(std::optional<Time> saved) : time_(wall_now(), std::chrono::steady_clock::now(), saved) {}

Time Clock::now() const { return time_.at(std::chrono::steady_clock::now()); }

WallTime Clock::wall() const { return wall_now(); }

Time Clock::translate(WallTime stamp) const {
    return time_.translate(stamp, wall_now(), std::chrono::steady_clock::now());
}

}  // namespace setpoint
