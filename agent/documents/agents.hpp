// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/documents/document.hpp"

namespace setpoint {

/// What is wrong with the document of `kind: Agent` beside the policies: a second one, budgets that speak of policies
/// that do not exist or cannot have their least.
void check_agent(Documents& documents);

}  // namespace setpoint
