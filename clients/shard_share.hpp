// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "clients/boot_clock.hpp"
#include "core/time.hpp"

namespace setpoint {

/// How many of the shards this agent takes, and when it lets one go, so that each agent that lives has about as many as any other. Only a
/// matter of sharing the work: who may write is settled by each shard's Lease. Pure.
///
/// What is free is taken at once up to an even share of all, rounded up; beyond that only where nobody else took it for `patience`.
/// One is let go where another agent has held two fewer for `patience`, and the next one once it is known what came of that.
class ShardShare {
public:
    ShardShare(std::size_t shards, Duration patience) : shards_(shards), patience_(patience) {}

    /// How many shards each of the other agents that live holds.
    void set_others(std::vector<std::size_t> held) { others_ = std::move(held); }
    /// Whether this agent holds `shard`.
    void set_held(std::size_t shard, bool held);
    [[nodiscard]] std::size_t held() const { return held_.size(); }
    /// The most that are taken at once.
    [[nodiscard]] std::size_t fair() const { return (shards_ + others_.size()) / (others_.size() + 1); }

    /// Whether to take `shard`, which nobody has held for `free_for`.
    [[nodiscard]] bool wants(std::size_t shard, BootTime now, Duration free_for) const;
    /// `shard` is being taken: it counts as held for a moment, so that of several that are free no more than the share are taken.
    void takes(std::size_t shard, BootTime now);
    /// One to let go, if any.
    [[nodiscard]] std::optional<std::size_t> surplus(BootTime now);

private:
    static constexpr Duration kTaking = std::chrono::seconds{3};
    static constexpr Duration kMoving = std::chrono::seconds{6};  // from one agent to another, until each knows

    std::size_t shards_;
    Duration patience_;
    std::vector<std::size_t> others_;
    std::set<std::size_t> held_;
    std::map<std::size_t, BootTime> taking_;  // by shard: until when it counts as held
    std::optional<BootTime> uneven_since_;
};

}  // namespace setpoint
