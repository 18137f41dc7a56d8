// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/documents/document.hpp"

namespace setpoint {

/// What is wrong with the document of `kind: Agent` beside the policies: a second one, budgets that speak of policies
/// that do not exist or cannot have their least.
void check_agent(Documents& documents);

/// The guards in a line: `at most 60 starts a minute; at most 30% fewer in ten minutes; at most 60 replicas of cart, shop-*`.
[[nodiscard]] std::string describe(const GuardSettings& guards);

}  // namespace setpoint
