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

/// A floor from a forecast of demand at the time that new replicas take to serve. It only raises; it says
/// nothing until it has seen a day.
struct PredictiveSettings {
    static constexpr std::string_view kind = "predictive";
    static constexpr std::string_view help = "Has replicas serving before demand that comes back every day";
    std::string signal;
    double per_replica = 0;           // demand that one replica carries, in the unit of the signal
    std::optional<Duration> horizon;  // default: as long as a replica takes to serve, learnt
    double headroom = 0.1;            // on top of the forecast
};

void bind(Fields& fields, PredictiveSettings& settings);
void validate(const PredictiveSettings& settings, const ScalingSpec& spec, Diagnostics& out);
[[nodiscard]] Result<std::unique_ptr<Policy>> make(const PredictiveSettings& settings, const ScalingSpec& spec);

}  // namespace setpoint
