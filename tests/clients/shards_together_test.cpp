// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <list>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../support/lease_server.hpp"
#include "clients/agent_roll.hpp"
#include "clients/shard_share.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Role = LeaseElection::Role;
using Counts = std::vector<std::size_t>;

constexpr std::size_t kShards = 6;
const WallTime kWall{1700000000s};

struct Servers {
    LeaseServer leases[kShards];
    json roll{{"kind", "Lease"}, {"metadata", {{"annotations", json::object()}}}};
};

/// One agent without its wires.
class Member {
public:
    Member(Servers& servers, const std::string& id) : servers_(servers), roll_({"ops", "r", id, kShards, 10s}) {
        for (std::size_t shard = 0; shard < kShards; ++shard) {
            elections_.push_back(LeaseElection{{"ops", std::to_string(shard), id, 15s, [this, shard](BootTime now, Duration free_for) {
                                                   share_.set_others(roll_.others(now));
                                                   return share_.wants(shard, now, free_for);
                                               }, [this, shard](BootTime now) { share_.takes(shard, now); }}});
        }
    }
    void step(BootTime now) {
        if (now >= next_sign_) sign(now);
        for (std::size_t shard = 0; shard < kShards; ++shard) {
            auto& election = elections_[shard];
            while (const auto order = election.due(now, kWall + now.time_since_epoch())) election.answered(now, servers_.leases[shard].answer(*order));
            share_.set_held(shard, election.role() == Role::leader);
        }
    }
    void stop(BootTime now) {
        for (auto& election : elections_) election.resign();
        step(now);
        servers_.roll.merge_patch(json::parse(roll_.farewell()));
    }
    [[nodiscard]] bool writes(std::size_t shard, BootTime now) const { return elections_[shard].may_write(now).has_value(); }
    [[nodiscard]] std::size_t held() const { return share_.held(); }

private:
    void sign(BootTime now) {
        next_sign_ = now + 2500ms;
        servers_.roll.merge_patch(json::parse(roll_.sign(now, share_.held())));
        REQUIRE(roll_.seen(now, servers_.roll.dump()));
        share_.set_others(roll_.others(now));
        if (const auto shard = share_.surplus(now)) elections_[*shard].let_go();
    }

    Servers& servers_;
    AgentRoll roll_;
    ShardShare share_{kShards, 15s};
    std::vector<LeaseElection> elections_;
    BootTime next_sign_{};
};

/// Agents that come and go, and time that passes; at no moment two of them may write for one shard.
class Company {
public:
    Member& join(const std::string& id) { return members_.emplace_back(servers_, id); }
    void leave(Member& member, bool clean) {
        if (clean) member.stop(now_);
        members_.remove_if([&](const Member& one) { return &one == &member; });
    }
    void pass(Duration time) {
        for (const auto end = now_ + time; now_ < end; now_ += 250ms) {
            for (auto& member : members_) {
                member.step(now_);
                for (std::size_t shard = 0; shard < kShards; ++shard) CHECK(writers(shard) <= 1);
            }
        }
    }
    [[nodiscard]] Counts held() const {
        Counts counts;
        for (const auto& member : members_) counts.push_back(member.held());
        return counts;
    }

private:
    [[nodiscard]] std::size_t writers(std::size_t shard) const {
        return static_cast<std::size_t>(std::ranges::count_if(members_, [&](const Member& one) { return one.writes(shard, now_); }));
    }

    Servers servers_;
    std::list<Member> members_;
    BootTime now_{1000s};
};

}  // namespace

TEST_CASE("an agent that is alone holds all shards at once, and those that come later get their part", "[shards]") {
    Company company;
    company.join("a_1");
    company.pass(1s);
    CHECK(company.held() == Counts{6});
    company.join("b_2");
    company.pass(14s);
    CHECK(company.held() == Counts{6, 0});  // it may be a moment's
    company.pass(30s);
    CHECK(company.held() == Counts{3, 3});
    company.join("c_3");
    company.pass(40s);
    CHECK(company.held() == Counts{2, 2, 2});
    company.pass(10min);
    CHECK(company.held() == Counts{2, 2, 2});
}

TEST_CASE("agents that begin together have shared the shards within seconds", "[shards]") {
    Company company;
    for (const auto* id : {"a_1", "b_2", "c_3", "d_4"}) company.join(id);
    company.pass(8s);
    auto held = company.held();
    CHECK(held[0] + held[1] + held[2] + held[3] == 6);
    company.pass(60s);
    held = company.held();
    std::ranges::sort(held);
    CHECK(held == Counts{1, 1, 2, 2});
}

TEST_CASE("shards of one that dies go to the others once their Leases ran out, those of one that stops within a second or two", "[shards]") {
    Company company;
    auto& a = company.join("a_1");
    company.join("b_2");
    company.join("c_3");
    company.pass(90s);
    REQUIRE(company.held() == Counts{2, 2, 2});
    const bool clean = GENERATE(true, false);
    company.leave(a, clean);
    company.pass(clean ? 4s : 9s);
    CHECK(company.held() == (clean ? Counts{3, 3} : Counts{2, 2}));
    company.pass(clean ? 0s : 10s);
    CHECK(company.held() == Counts{3, 3});
}

TEST_CASE("of two that die together the last one holds all", "[shards]") {
    Company company;
    auto& a = company.join("a_1");
    auto& b = company.join("b_2");
    company.join("c_3");
    company.pass(90s);
    company.leave(a, false);
    company.leave(b, false);
    company.pass(20s);
    CHECK(company.held() == Counts{6});
}

}  // namespace setpoint::test
