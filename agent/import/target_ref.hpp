// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actuators/catalog.hpp"
#include "agent/import/foreign.hpp"

namespace setpoint {

/// `scaleTargetRef`, with what stands for what it leaves out.
[[nodiscard]] KubernetesTarget import_target(Foreign& spec, const KubernetesTarget& defaults);

}  // namespace setpoint
