// SPDX-License-Identifier: Apache-2.0
#include "agent/live/shard_duty.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace setpoint {

/// What is told may come when this is gone: it only posts, and nothing that was posted runs then.
void ShardDuty::begin() {
    const auto post = [&to = scheduler_](std::function<void()> work) { to.post(std::move(work)); };
    ShardLeases::Heard heard;
    heard.leads = [this, post](std::size_t shard) { post([this, shard] { cluster_.gain(shard); }); };
    heard.lost = [this, post](std::size_t shard, const std::string& why) { post([this, shard, why] { lost(shard, why); }); };
    heard.surplus = [this, post](std::size_t shard) { post([this, shard] { let_go(shard); }); };
    heard.shares = [&log = log_, shards = shards_](std::size_t agents, std::size_t fair) {
        log.info("of {} shards an agent takes up to {} as its share, {} agent{} there", shards, fair, agents, agents == 1 ? " is" : "s are");
    };
    heard.trouble = [&log = log_](const std::string& why) { log.warn("in the way of taking shards: {}", why); };
    orchestrator_.share(std::move(heard));
}

void ShardDuty::gained(const std::set<std::size_t>& shards) {
    if (!std::exchange(open_, true)) scheduler_.open();
    log_.info("scales shard {} on {}; holds {} of {}", fmt::join(shards, ", "), orchestrator_.name(), cluster_.held().size(), shards_);
}

void ShardDuty::lost(std::size_t shard, const std::string& why) {
    if (cluster_.held().contains(shard)) log_.warn("does not scale shard {} any more: {}", shard, why);
    drop(shard);
}

/// A write that is on its way could come after those of the next agent: then later.
void ShardDuty::let_go(std::size_t shard) {
    const auto targets = cluster_.targets_of(shard);
    const bool writing = std::ranges::any_of(targets, [this](TargetId target) { return scheduler_.is_writing(target); });
    if (writing || cluster_.is_writing_down(shard) || !cluster_.held().contains(shard)) return;
    log_.info("lets shard {} go, for agents that hold fewer", shard);
    drop(shard);
    orchestrator_.let_go(shard);
}

void ShardDuty::drop(std::size_t shard) {
    cluster_.lose(shard);
    if (cluster_.held().empty() && std::exchange(open_, false)) scheduler_.stand_by();
}

}  // namespace setpoint
