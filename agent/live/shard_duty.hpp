// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <cstddef>
#include <set>
#include <string>

#include "agent/live/cluster_side.hpp"
#include "agent/live/kube_orchestrator.hpp"
#include "agent/live/scheduler.hpp"

namespace setpoint {

/// What an agent that shares a cluster's policies does when it gains or loses a shard of them: first their Lease, then what was left of
/// them, then they are in force; and the other way round. On the main thread.
class ShardDuty {
public:
    /// What is given must outlive this.
    ShardDuty(KubeOrchestrator& orchestrator, ClusterSide& cluster, Scheduler& scheduler, spdlog::logger& log, std::size_t shards)
        : orchestrator_(orchestrator), cluster_(cluster), scheduler_(scheduler), log_(log), shards_(shards) {}

    /// Stands for election from here on.
    void begin();
    /// The policies of these shards are in force.
    void gained(const std::set<std::size_t>& shards);

private:
    void lost(std::size_t shard, const std::string& why);
    void let_go(std::size_t shard);
    void drop(std::size_t shard);

    KubeOrchestrator& orchestrator_;
    ClusterSide& cluster_;
    Scheduler& scheduler_;
    spdlog::logger& log_;
    std::size_t shards_;
    bool open_ = false;
};

}  // namespace setpoint
