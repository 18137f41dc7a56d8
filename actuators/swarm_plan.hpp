// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "clients/swarm_types.hpp"
#include "core/replicas.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What may be done with a Swarm's service. Pure.
///
/// The manager keeps one spec to go back to, the one before the last update, and a change of size is an update. So a
/// change of size in the middle of a rollout takes its way back, the automatic one too, and it wakes a paused one.

/// So long a rollout that goes back by itself when it fails keeps its service from growing. Then serving comes first.
inline constexpr Duration kRolloutPatience = std::chrono::minutes{15};

/// Whether it can be scaled at all; `refused`, with the cure, for one that has no size, and for one that has another name:
/// the Engine also finds a service by the beginning of its ID.
[[nodiscard]] Result<void> check_scalable(const ServiceDetails& service, const std::string& name);

/// Whether its rollout, which began `age` ago, leaves room for another size; `refused`, with the cure, while it does not:
/// never for less while it lasts, and for nothing while it is paused.
[[nodiscard]] Result<void> check_rollout(const ServiceDetails& service, Replicas wanted, Duration age);

/// The tasks of a service in numbers.
struct TaskCount {
    Replicas exist = 0;              // that are to run, whether they do or not
    Replicas serving = 0;
    std::string no_node;             // why one of them finds no node; empty: all have one
    std::set<std::string> nodes;     // on which they run
};
[[nodiscard]] TaskCount count(const std::vector<ServiceTask>& tasks);

}  // namespace setpoint
