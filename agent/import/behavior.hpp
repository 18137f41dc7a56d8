// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/import/draft.hpp"
#include "agent/import/foreign.hpp"

namespace setpoint {

/// HPA v2's `behavior`, whose fields are ours. What else is in it makes the draft a partial one.
void import_behavior(Foreign behavior, Draft& draft);

}  // namespace setpoint
