// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/replay/dry_run.hpp"
#include "agent/replay/recording.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// What somebody must know before they believe the numbers of a dry run, the weightiest first. `stated` is
/// the policy as it was written.
[[nodiscard]] std::vector<std::string> notes_on(const ScalingSpec& stated, const Recording& recording,
                                                const DryRunStart& start);

/// What is odd about the recording and how it was taken, with counts and first lines.
[[nodiscard]] std::vector<std::string> oddities_of(const Recording& recording);

}  // namespace setpoint
