// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pods.hpp"
#include "core/replicas.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What the Engine of a Swarm's manager says of a service and its tasks, as far as we need it. The parsers are pure;
/// what does not make sense is `bad_reply`, with what was missing.

enum class ServiceMode : std::uint8_t { replicated, global, replicated_job, global_job };

/// How far the last change of a service's tasks is. A change of size alone is none: it leaves `none`.
enum class Rollout : std::uint8_t { none, updating, paused, completed, rolling_back, rollback_paused, rolled_back };

struct ServiceDetails {
    std::string id;
    std::string name;
    std::uint64_t version = 0;            // an update is taken only with the newest
    ServiceMode mode = ServiceMode::replicated;
    Replicas replicas = 0;                // the size asked for, of a replicated one
    Rollout rollout = Rollout::none;
    std::optional<WallTime> rollout_began;
    bool rolls_back = false;              // by itself, when its rollout fails
    std::string previous_image;           // of the spec that `docker service rollback` goes to; empty without one
    std::string image;
    std::vector<int> host_ports;          // fixed ports published on the node itself
    Replicas most_per_node = 0;           // 0: any number
    std::string document;                 // the whole answer
};

/// In the order in which a task passes through them; it ends in one from `complete` on.
enum class TaskState : std::uint8_t {
    made, pending, assigned, accepted, preparing, ready, starting, running,
    complete, shutdown, failed, rejected, remove, orphaned,
};

struct ServiceTask {
    std::string id;
    std::uint64_t slot = 0;               // the 3 of cart.3
    std::string node;                     // empty: it has none yet
    std::string container;                // empty: it has none yet
    TaskState state = TaskState::made;
    TaskState desired = TaskState::running;
    std::optional<WallTime> created;
    std::optional<WallTime> changed;      // when it came into its state
    std::string trouble;                  // why it does not get further: no suitable node (...)
    Resources limits;

    [[nodiscard]] bool leaving() const { return desired > TaskState::running; }
    [[nodiscard]] bool over() const { return state > TaskState::running; }
};

[[nodiscard]] Result<ServiceDetails> parse_service(std::string_view json);
[[nodiscard]] Result<std::vector<ServiceTask>> parse_tasks(std::string_view json);

/// The spec to update the service of `document` with: its own, with everything that is in it, in another size.
[[nodiscard]] Result<std::string> resized(std::string_view document, Replicas size);

}  // namespace setpoint
