// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "agent/live/policy_annotations.hpp"
#include "core/events.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What has to be ordered, if anything, for what an object declares to be in force. It stands above what people order elsewhere, for
/// as long as it says so; then that is over, too. `until`: of what is declared, by agent time; `resumes`: what it says of that is new;
/// `have`: what is in force.
[[nodiscard]] std::optional<OverrideSet> order_of(const DeclaredOverride& declared, Time until, bool resumes, const std::optional<OverrideSet>& have,
                                                  Time now);

}  // namespace setpoint
