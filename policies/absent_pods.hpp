// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/pods.hpp"
#include "core/replicas.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What the pods that do not serve are good for. Those that are over, or on their way out, are none of them.
struct AbsentPods {
    Replicas waiting = 0;   // no node has room: they come once one has, however long that takes
    Replicas starting = 0;  // began to start less than the start-up p99 ago
    Replicas lost = 0;      // crash again and again, and began longer ago
};
[[nodiscard]] AbsentPods absent_pods(std::span<const Pod> pods, Time now, Duration start_p99);

/// In the place of how many of the lost others are to be asked for. Never more than there are that serve: where most crash,
/// more of the same are no help.
[[nodiscard]] Replicas around_lost(const AbsentPods& absent, Replicas replicas, Replicas ready);

}  // namespace setpoint
