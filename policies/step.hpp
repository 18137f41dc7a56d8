// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics.hpp"
#include "core/fields.hpp"
#include "core/result.hpp"
#include "policies/policy.hpp"

namespace setpoint {

struct ScalingSpec;

/// From `from` (included) to `to` (excluded), in the unit of the signal; an end that is absent is open.
struct StepBand {
    std::optional<double> from;
    std::optional<double> to;
    std::string change;                // `+2`, `-1`: replicas; `20%`, `-10%`: of the size
    std::optional<Replicas> replicas;  // a size instead of a change
};

/// Amazon's step scaling. A per-pod cpu or memory signal counts as utilization of the request, another
/// per-pod signal as the mean over pods.
///
/// A sample acts once. A change counts from the replicas that served during the sample's window, so that
/// replicas on their way, and replicas too young to show in the sample, are not asked for again; while any
/// are starting, no step goes down.
struct StepSettings {
    static constexpr std::string_view kind = "step";
    static constexpr std::string_view help = "Changes the size by fixed steps, by the band a signal is in";
    std::string signal;
    std::vector<StepBand> bands;
};

void bind(Fields& fields, StepBand& band);
void bind(Fields& fields, StepSettings& settings);
void validate(const StepSettings& settings, const ScalingSpec& spec, Diagnostics& out);
[[nodiscard]] Result<std::unique_ptr<Policy>> make(const StepSettings& settings, const ScalingSpec& spec);

}  // namespace setpoint
