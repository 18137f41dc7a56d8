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

struct TrackSettings {
    static constexpr std::string_view kind = "track";
    static constexpr std::string_view help = "Holds a signal at a goal by proportion, as HPA does";
    std::string signal;
    std::optional<double> utilization;    // of what the pods request; 0.7 is 70 %
    std::optional<double> average_value;  // per replica, in the unit of the signal
    std::optional<double> value;          // of the whole signal
    std::optional<double> tolerance;      // default 0.1; no change while the ratio is this near to 1
};

void bind(Fields& fields, TrackSettings& settings);
void validate(const TrackSettings& settings, const ScalingSpec& spec, Diagnostics& out);
[[nodiscard]] Result<std::unique_ptr<Policy>> make(const TrackSettings& settings, const ScalingSpec& spec);

}  // namespace setpoint
