// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/replicas.hpp"

namespace setpoint {

/// How a signal answers to the size, as far as the law must know it.
enum class PidPlant {
    share,    // falls as 1/n (a utilization): log gain -1, so work in replicas is known from each sample
    bounded,  // a wall (latency) or an integrator (queue): the error says a direction, hardly a size
};

/// Time constants in seconds; gains in ln(replicas) per ln(signal).
struct PidGains {
    double up = 1;
    double down = 1;
    double integral = 60;
    double filter = 0;
    double derivative = 0;
};

/// SIMC (Skogestad; Grimholt and Skogestad for delay-dominant plants) with tau_c = theta, on
/// k e^(-theta s) / (tau s + 1) in the log domain, k = -1. `dead_time` is theta, `averaging` the span of a
/// sample (tau is half of it), both in seconds.
/// - bounded: Kc = (tau + theta/3) / (2 theta), Ti = tau + theta/3.
/// - share: the work is measured, so start-up is no part of the loop. Kc_up = 1 passes a change of work on
///   as it is, Kc_down = 0.4, Ti = 2 theta, which is the pure-delay rule KI = 1 / (tau_c + theta).
[[nodiscard]] PidGains tune(PidPlant plant, double dead_time, double averaging);

inline constexpr double kZoneUp = 0.05;

/// How far below its goal a signal must be before the size may fall: one replica's worth and 0.05. At one
/// replica there is no step down.
[[nodiscard]] double zone_down(Replicas n);

/// The error with its dead zone taken off, so that nothing jumps at the edge.
[[nodiscard]] double soft(double error, Replicas n);

/// The clamp for bounded plants: fast up, slow down.
inline constexpr double kMostUp = 0.7;
inline constexpr double kMostDown = -0.1;

/// exp(v), where v = ln(4) gives 4 and not a hair above it, which would round up to 5.
[[nodiscard]] double replicas_of(double v);

}  // namespace setpoint
