// SPDX-License-Identifier: Apache-2.0
#include "clients/shard_leases.hpp"

#include <future>
#include <utility>
#include <vector>

#include "clients/deadline.hpp"
#include "clients/kube_lease.hpp"
#include "clients/kube_roll.hpp"
#include "clients/shard_share.hpp"
#include "core/ids.hpp"

namespace setpoint {

std::string shard_lease(const std::string& name, std::size_t shard) { return name + "-" + std::to_string(shard); }

std::string roll_lease(const std::string& name) { return name + "-agents"; }

/// On the I/O thread, but for what leads to a KubeLease alone. Leases and roll end first, and what they tell with them.
class ShardLeases::State {
public:
    State(IoThread& io, KubeClient& kube, const Clock& clock, const Settings& settings)
        : io_(io), settles_(settings.settles), shards_(settings.shards), first_(hash_of(settings.identity) % settings.shards), share_(settings.shards, LeaseElection::Settings{}.duration) {
        KubeRoll::Ports ports;
        ports.held = [this] { return share_.held(); };
        ports.seen = [this](const std::vector<std::size_t>& others) { counted(others); };
        ports.trouble = [this](const std::optional<std::string>& why) {
            if (why) heard_.trouble(*why + ": how many agents share the work is not known, each takes what is free");
        };
        for (std::size_t shard = 0; shard < settings.shards; ++shard) {
            LeaseElection::Settings one{settings.ns, shard_lease(settings.name, shard), settings.identity};
            one.wants = [this, shard](BootTime now, Duration free_for) {
                if (roll_->other_number()) return false;
                share_.set_others(roll_->others());
                return share_.wants(shard, now, free_for);
            };
            one.takes = [this, shard](BootTime now) { share_.takes(shard, now); };
            leases_.push_back(std::make_unique<KubeLease>(io, kube, clock, std::move(one)));
        }
        roll_.emplace(io, kube, AgentRoll::Settings{settings.ns, roll_lease(settings.name), settings.identity, settings.shards}, std::move(ports));
    }

    /// Who else lives is known before anything is taken.
    void begin(Heard heard) {
        heard_ = std::move(heard);
        roll_->begin();
    }

    [[nodiscard]] KubeLease& lease(std::size_t shard) const { return *leases_[shard]; }
    [[nodiscard]] const std::vector<std::unique_ptr<KubeLease>>& all() const { return leases_; }
    void leave() {
        roll_->leave();
        settling_.reset();
    }

private:
    void counted(const std::vector<std::size_t>& others) {
        share_.set_others(others);
        tell_other_number();
        if (const auto agents = others.size() + 1; agents != std::exchange(agents_, agents)) heard_.shares(agents, share_.fair());
        if (!settling_) settling_ = io_.after(settles_, [this] { stand(); });
        if (const auto shard = share_.surplus(BootClock::now())) heard_.surplus(*shard);
    }

    void tell_other_number() {
        const auto number = roll_->other_number();
        if (number == std::exchange(other_number_, number) || !number) return;
        heard_.trouble("an agent is there that shares the work into " + std::to_string(*number) + " shards, not " + std::to_string(shards_) +
                       ": none is taken until it is gone");
    }

    /// Not all agents begin with the same one.
    void stand() {
        for (std::size_t i = 0; i < leases_.size(); ++i) {
            const auto shard = (first_ + i) % leases_.size();
            KubeLease::Heard heard;
            heard.waits = [this](bool trouble, const std::string& why) {
                if (trouble) heard_.trouble(why);
            };
            heard.leads = [this, shard](std::uint64_t) {
                share_.set_held(shard, true);
                heard_.leads(shard);
            };
            heard.lost = [this, shard](const std::string& why) {
                share_.set_held(shard, false);
                heard_.lost(shard, why);
            };
            leases_[shard]->begin(std::move(heard));
        }
    }

    IoThread& io_;
    Duration settles_;
    std::size_t shards_;
    std::size_t first_;
    ShardShare share_;
    Heard heard_;
    std::size_t agents_ = 0;
    std::optional<std::size_t> other_number_;
    IoThread::Timer settling_;
    std::optional<KubeRoll> roll_;
    std::vector<std::unique_ptr<KubeLease>> leases_;
};

ShardLeases::ShardLeases(IoThread& io, KubeClient& kube, const Clock& clock, Settings settings)
    : io_(io), state_(std::make_unique<State>(io, kube, clock, settings)) {}

ShardLeases::~ShardLeases() {
    io_.run([this] { state_->leave(); });
}

void ShardLeases::begin(Heard heard) {
    io_.post([this, heard = std::move(heard)]() mutable { state_->begin(std::move(heard)); });
}

Result<Duration> ShardLeases::may_write(std::size_t shard) const { return state_->lease(shard).may_write(); }

void ShardLeases::let_go(std::size_t shard) { state_->lease(shard).let_go(); }

void ShardLeases::release(Duration patience) {
    io_.run([this] { state_->leave(); });
    const Deadline end{patience};
    std::vector<std::future<void>> released;
    for (const auto& lease : state_->all()) released.push_back(lease->begin_release());
    for (const auto& one : released) one.wait_for(end.left());
}

}  // namespace setpoint
