// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/diagnostics.hpp"
#include "core/fields.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "policies/policy.hpp"

namespace setpoint {

struct ScalingSpec;

/// A feedback law on one signal. A per-pod signal or a ratio of at least 20 % is a share of capacity and
/// held directly; anything else (a latency, a queue, a failure ratio, an inverse signal) is followed with a
/// bounded error, because it says too little of how many replicas are missing.
struct PidSettings {
    static constexpr std::string_view kind = "pid";
    static constexpr std::string_view help = "Holds a signal at a setpoint by feedback, calmly; nothing needs tuning";
    std::string signal;
    double setpoint = 0;                      // in the unit of the signal; of a per-pod cpu or memory a utilization
    bool inverse = false;                     // a higher signal needs fewer replicas
    std::string utilization;                  // a step down needs this signal below 85 %; empty: none
    std::optional<double> gain;               // default: from the dead time
    std::optional<Duration> integral_time;    // default: from the dead time
    std::optional<Duration> filter_time;      // default: a fifth of the dead time
    std::optional<Duration> derivative_time;  // default: none
};

void bind(Fields& fields, PidSettings& settings);
void validate(const PidSettings& settings, const ScalingSpec& spec, Diagnostics& out);
[[nodiscard]] Result<std::unique_ptr<Policy>> make(const PidSettings& settings, const ScalingSpec& spec);

}  // namespace setpoint
