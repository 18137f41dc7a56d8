// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

#include "core/time.hpp"

namespace setpoint {

/// An end that several requests in a row share.
class Deadline {
public:
    explicit Deadline(Duration from_now) : end_(std::chrono::steady_clock::now() + from_now) {}

    /// Never negative.
    [[nodiscard]] Duration left() const {
        return std::max(std::chrono::floor<Duration>(end_ - std::chrono::steady_clock::now()), Duration{0});
    }

private:
    std::chrono::steady_clock::time_point end_;
};

}  // namespace setpoint
