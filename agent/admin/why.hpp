// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "core/events.hpp"
#include "policies/decision.hpp"

namespace setpoint {

/// Why a decision came out as it did, in one line: what was wished and what changed the wish.
[[nodiscard]] std::string why(const Decision& decision, std::span<const std::string> signals);

/// A hand on a target: `pinned to 5 until 2027-01-15T08:00:00Z: sale`. Of no `resume`, which has no end.
[[nodiscard]] std::string hand_in_words(const OverrideSet& hand);

}  // namespace setpoint
