// SPDX-License-Identifier: Apache-2.0
#include "clients/circuit_breaker.hpp"

#include <algorithm>

#include "clients/jitter.hpp"

namespace setpoint {
bool CircuitBreaker::allow(SteadyTime now) {
    if (state_ == State::closed) return true;
    if (state_ == State::probing || now < next_probe_) return false;
    state_ = State::probing;
    return true;
}

void CircuitBreaker::succeeded() {
    state_ = State::closed;
    failures_ = 0;
    pauses_ = 0;
}

void CircuitBreaker::failed(SteadyTime now) {
    if (state_ == State::open) return;  // it was on its way when the circuit opened
    ++failures_;
    if (state_ == State::probing || failures_ >= settings_.failures) open(now);
}

void CircuitBreaker::abandoned() {
    if (state_ == State::probing) state_ = State::open;
}

void CircuitBreaker::open(SteadyTime now) {
    state_ = State::open;
    Duration pause = settings_.first_pause;
    for (int i = 0; i < pauses_ && pause < settings_.longest_pause; ++i) pause *= 2;
    pause = std::min(pause, settings_.longest_pause);
    ++pauses_;
    const auto percent = static_cast<std::int64_t>(75 + next_random(random_) % 51);
    next_probe_ = now + pause * percent / 100;
}

}  // namespace setpoint
