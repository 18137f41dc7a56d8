// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "agent/import/draft.hpp"
#include "agent/import/foreign.hpp"

namespace setpoint {

/// What triggers have in common that decides on more than one of them.
struct Triggers {
    bool by_pods = false;     // cpu or memory
    bool by_calendar = false;
    bool by_threshold = false;  // active above something else than 0
    std::size_t from_outside = 0;  // those that may fail, and fall back
};

/// A signal and a policy for each of KEDA's triggers that has a counterpart; the others are noted, and make the draft a partial one.
[[nodiscard]] Triggers import_triggers(std::vector<Foreign> triggers, Draft& draft);

}  // namespace setpoint
