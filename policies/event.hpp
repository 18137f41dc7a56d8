// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>
#include <vector>

#include "core/events.hpp"
#include "core/result.hpp"
#include "policies/guard_settings.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// The configuration in force from here on; a TargetId is a place in `specs`. Made by `configuration`.
struct ConfigSet {
    std::vector<ScalingSpec> specs;
    GuardSettings guards;
};

/// Checks the specs one by one and together. The error lists everything that is wrong.
[[nodiscard]] Result<ConfigSet> configuration(std::vector<ScalingSpec> specs, GuardSettings guards = {});

using EventBody = std::variant<ConfigSet, Sample, TargetState, PodDelta, ApplyResult, OverrideSet, Tick, Handover>;

/// One entry of the event log: the only input that control has.
struct Event {
    Time time{};      // when the agent took it in; never runs backwards
    EventBody body;
};

void bind(Fields& fields, ConfigSet& set);

}  // namespace setpoint
