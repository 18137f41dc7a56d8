// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <cmath>

#include "policies/pid.hpp"
#include "policies/share_of.hpp"
#include "policies/spec.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;

constexpr double kLeastGain = 0.01;
constexpr double kMostGain = 10;
constexpr Duration kLongestIntegral = 24h;
constexpr Duration kLongestFilter = 1h;

}  // namespace

void bind(Fields& fields, PidSettings& settings) {
    fields.signal("signal", settings.signal, "the signal to hold");
    fields.required("setpoint", settings.setpoint, in_unit_or_utilization(),
                    "where to hold it, in its unit; of cpu and memory as utilization (70%)");
    fields.optional("inverse", settings.inverse, {}, "a higher signal needs fewer replicas");
    fields.optional("utilization", settings.utilization, signal_name(),
                    "a step down needs this signal to stay below 85%");
    fields.optional("gain", settings.gain, between(kLeastGain, kMostGain),
                    "proportional gain, ln(replicas) per ln(signal); from the dead time if not given");
    fields.optional("integralTime", settings.integral_time, lasting(1s, kLongestIntegral),
                    "from the dead time if not given");
    fields.optional("filterTime", settings.filter_time, lasting(0s, kLongestFilter),
                    "of the measurement; a fifth of the dead time if not given");
    fields.optional("derivativeTime", settings.derivative_time, lasting(0s, kLongestFilter),
                    "no derivative if not given");
}

void validate(const PidSettings& settings, const ScalingSpec& spec, Diagnostics& out) {
    const auto signal = spec.find_signal(settings.signal);
    if (!signal) out.error("signal", fmt::format("must name a signal of this document, was '{}'", settings.signal));
    if (!(settings.setpoint > 0) || !std::isfinite(settings.setpoint)) {
        out.error("setpoint", fmt::format("must be finite and above 0, was {}", settings.setpoint));
    }
    if (signal) {
        const auto& known = spec.signals[index(*signal)];
        if (known.per_pod && share_of(known).is_share() && settings.setpoint > 10) {
            out.error("setpoint", fmt::format("must be a utilization of at most 1000% on a per-pod resource, was {}",
                                              settings.setpoint));
        }
    }
    if (!settings.utilization.empty()) {
        const auto utilization = spec.find_signal(settings.utilization);
        const auto* named = utilization ? &spec.signals[index(*utilization)] : nullptr;
        if (named == nullptr) {
            out.error("utilization",
                      fmt::format("must name a signal of this document, was '{}'", settings.utilization));
        } else if (!named->per_pod && named->dimension != Dimension::ratio) {
            out.error("utilization",
                      fmt::format("must name a per-pod signal or a ratio, '{}' is neither", settings.utilization));
        } else if (named->per_pod && named->of == Basis::none) {
            out.error("utilization", fmt::format("must name a share of something, and '{}' is absolute", settings.utilization));
        }
    }
    if (settings.gain && !(*settings.gain >= kLeastGain && *settings.gain <= kMostGain)) {
        out.error("gain", fmt::format("must be {} to {}, was {}", kLeastGain, kMostGain, *settings.gain));
    }
    const auto within = [&](const char* path, const std::optional<Duration>& given, Duration least, Duration most) {
        if (!given || (*given >= least && *given <= most)) return;
        out.error(path, fmt::format("must be {} to {} s, was {} s", seconds(least), seconds(most), seconds(*given)));
    };
    within("integralTime", settings.integral_time, 1s, kLongestIntegral);
    within("filterTime", settings.filter_time, 0s, kLongestFilter);
    within("derivativeTime", settings.derivative_time, 0s, kLongestFilter);
}

}  // namespace setpoint
