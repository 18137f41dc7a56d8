// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "core/time.hpp"

namespace setpoint {

/// Agent time for those who stamp what comes from outside: the wall clock at the first start plus steady
/// elapsed time. Any thread may ask it.
class RunningClock {
public:
    /// Runs on from `resume_at`: the later of the time saved at the last stop and the wall clock.
    explicit RunningClock(Time resume_at)
        : resumed_at_(resume_at), started_(std::chrono::steady_clock::now()) {}

    [[nodiscard]] Time now() const {
        return resumed_at_ + std::chrono::floor<Duration>(std::chrono::steady_clock::now() - started_);
    }

    /// When something stamped by another machine's wall clock happened, in agent time: as long ago as it is
    /// by our wall clock. Stamps ahead of it stay ahead.
    [[nodiscard]] Time translate(WallTime remote) const { return now() - (wall() - remote); }

    [[nodiscard]] static WallTime wall() {
        return std::chrono::floor<Duration>(std::chrono::system_clock::now());
    }

private:
    Time resumed_at_;
    std::chrono::steady_clock::time_point started_;
};

}  // namespace setpoint
