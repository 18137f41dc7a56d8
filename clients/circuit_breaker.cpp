// SPDX-License-Identifier: Apache-2.0
#include "clients/circuit_breaker.hpp"

#include <algorithm>

namespace setpoint {
namespace {

/// SplitMix64 (Steele, Lea, Flood 2014): the next number of the sequence that `state` is in.
std::uint64_t next_random(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
}

}  // namespace

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
