// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_client.hpp"
#include "clients/lease_election.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// The name of a shard's Lease: `setpoint-3`.
[[nodiscard]] std::string shard_lease(const std::string& name, std::size_t shard);
/// The name of the Lease that tells which agents live: `setpoint-agents`.
[[nodiscard]] std::string roll_lease(const std::string& name);

/// Work that several agents share: a Lease for each shard of it. Each agent stands for all of them, takes about as many as any other,
/// and lets some go for agents that come later.
class ShardLeases {
public:
    struct Settings {
        std::string ns;
        std::string name;      // what the Leases' names begin with
        std::string identity;  // no other process has it, not even our next one
        std::size_t shards = 2;
        Duration settles = std::chrono::seconds{3};  // before it takes any, so that agents that begin together know of each other
    };
    /// On the I/O thread.
    struct Heard {
        std::function<void(std::size_t shard)> leads;                          // it is ours
        std::function<void(std::size_t shard, const std::string& why)> lost;   // no longer
        std::function<void(std::size_t shard)> surplus;                        // others hold fewer: to be let go when nothing of it is on its way
        std::function<void(std::size_t agents, std::size_t fair)> shares;      // so many agents live, so many shards are each one's share; when that changes
        std::function<void(const std::string& why)> trouble;                   // what is in the way, other than another agent
    };

    /// `kube` is best a client of its own, as of KubeLease.
    ShardLeases(IoThread& io, KubeClient& kube, const Clock& clock, Settings settings);
    /// Nothing is told any more once this returns.
    ~ShardLeases();
    ShardLeases(const ShardLeases&) = delete;
    ShardLeases& operator=(const ShardLeases&) = delete;

    /// Once. From any thread.
    void begin(Heard heard);
    /// As KubeLease::may_write, of one shard. From any thread.
    [[nodiscard]] Result<Duration> may_write(std::size_t shard) const;
    /// As KubeLease::let_go, of one shard. From any thread.
    void let_go(std::size_t shard);
    /// Lets all of them go that are ours; waits for the answers, but not much longer than `patience`. Writes must have ended before.
    void release(Duration patience);

private:
    class State;
    IoThread& io_;
    std::unique_ptr<State> state_;
};

}  // namespace setpoint
