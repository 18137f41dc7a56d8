// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/diagnostics.hpp"
#include "core/fields.hpp"
#include "core/result.hpp"
#include "core/samples.hpp"
#include "policies/policy.hpp"
#include "policies/share_of.hpp"

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

/// What a tracking law aims at, resolved against the document.
struct TrackGoal {
    enum class Of : std::uint8_t {
        utilization,    // usage by request or limit, over pods
        average_value,  // the signal by replicas
        value,          // the signal as it is
    };
    SignalId signal{};
    Dimension dimension = Dimension::none;
    ShareOf share;
    bool per_pod = false;
    Of of = Of::value;
    double goal = 1;  // 0.7 is 70 %; otherwise in the unit of the signal
    double tolerance_down = 0.1;
    double tolerance_up = 0.1;

    [[nodiscard]] bool tolerates(double ratio) const {
        return 1.0 - tolerance_down <= ratio && ratio <= 1.0 + tolerance_up;
    }
    /// A hold because `pods` do not state what their usage is to be a share of.
    [[nodiscard]] Proposal hold_without_whole(double pods) const {
        return hold({share.basis == Basis::limit ? Code::no_limits : Code::no_requests, signal, {pods}});
    }
};

}  // namespace setpoint
