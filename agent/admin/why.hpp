// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "policies/decision.hpp"

namespace setpoint {

/// Why a decision came out as it did, in one line: what was wished and what changed the wish.
[[nodiscard]] std::string why(const Decision& decision, std::span<const std::string> signals);

}  // namespace setpoint
