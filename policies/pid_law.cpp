// SPDX-License-Identifier: Apache-2.0
#include "policies/pid_law.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace setpoint {
namespace {

constexpr double kHair = 1e-9;

}  // namespace

PidGains tune(PidPlant plant, double dead_time, double averaging) {
    const double theta = std::max(dead_time, 1.0);
    PidGains gains;
    gains.filter = 0.2 * theta;
    if (plant == PidPlant::share) {
        gains.up = 1;
        gains.down = 0.4;
        gains.integral = 2 * theta;
        return gains;
    }
    const double tau = averaging / 2 + theta / 3;
    gains.up = gains.down = tau / (2 * theta);
    gains.integral = std::min(tau, 8 * theta);
    return gains;
}

double zone_down(Replicas n) {
    if (n <= 1) return std::numeric_limits<double>::infinity();
    return std::log(static_cast<double>(n) / (n - 1)) + kZoneUp;
}

double soft(double error, Replicas n) {
    if (error > kZoneUp) return error - kZoneUp;
    if (error >= -kZoneUp) return 0;  // inside any zone: the common case, without a logarithm
    const double down = zone_down(n);
    return error < -down ? error + down : 0;
}

double replicas_of(double v) {
    const double n = std::exp(v);
    const double whole = std::round(n);
    return std::abs(n - whole) < kHair * n ? whole : n;
}

}  // namespace setpoint
