// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "core/time.hpp"

namespace setpoint {

/// Stops asking a backend that does not answer, and tries again with one request after a growing pause.
/// Pure: the time is an argument, of a clock that never steps.
class CircuitBreaker {
public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    struct Settings {
        int failures = 5;                                  // in a row, until it opens
        Duration first_pause = std::chrono::seconds{1};    // doubles with every failed probe
        Duration longest_pause = std::chrono::seconds{30};
        std::uint64_t seed = 1;                            // of the jitter, 75 % to 125 % of the pause
    };

    CircuitBreaker() = default;
    explicit CircuitBreaker(Settings settings) : settings_(settings), random_(settings.seed) {}

    enum class State : std::uint8_t { closed, open, probing };

    /// Whether a request may go out now. While open: one, the probe, once the pause is over.
    [[nodiscard]] bool allow(SteadyTime now);
    void succeeded();
    void failed(SteadyTime now);
    /// A request that was allowed ended without saying anything about the backend.
    void abandoned();

    [[nodiscard]] State state() const { return state_; }
    /// When the next probe may go out; meaningful while open.
    [[nodiscard]] SteadyTime next_probe() const { return next_probe_; }

private:
    void open(SteadyTime now);

    Settings settings_{};
    State state_ = State::closed;
    int failures_ = 0;
    int pauses_ = 0;
    SteadyTime next_probe_{};
    std::uint64_t random_ = 1;
};

}  // namespace setpoint
