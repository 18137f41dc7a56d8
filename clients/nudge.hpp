// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "clients/io_thread.hpp"

namespace setpoint {

/// Makes one call of many that come close together: after a moment, in which what belongs together arrives, and not sooner
/// than a while after the last one. Only on the I/O thread.
class Nudge {
public:
    static constexpr Duration kMoment = std::chrono::milliseconds{200};
    static constexpr Duration kWhile = std::chrono::seconds{1};

    Nudge(IoThread& io, std::function<void()> work) : io_(io), work_(std::move(work)) {}

    void poke() {
        if (timer_ || !work_) return;
        const auto since = std::chrono::steady_clock::now() - last_;
        const auto left = std::chrono::ceil<Duration>(kWhile - since);
        timer_ = io_.after(std::max(kMoment, left), [this] {
            const auto fired = std::exchange(timer_, nullptr);
            last_ = std::chrono::steady_clock::now();
            work_();
        });
    }
    /// No call comes any more.
    void end() {
        timer_.reset();
        work_ = nullptr;
    }

private:
    IoThread& io_;
    std::function<void()> work_;
    IoThread::Timer timer_;
    std::chrono::steady_clock::time_point last_{};
};

}  // namespace setpoint
