// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "policies/decision.hpp"

namespace setpoint {

/// 64 bits that change when any number of the decision changes, to the last bit of every double. Not
/// against an adversary.
[[nodiscard]] std::uint64_t digest(const Decision& decision);

}  // namespace setpoint
