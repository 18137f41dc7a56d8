// SPDX-License-Identifier: Apache-2.0
#include "clients/shard_leases.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "../support/fake_kube.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

std::string lease_of(const std::string& holder) {
    return json{{"kind", "Lease"}, {"metadata", {{"resourceVersion", "1"}}}, {"spec", {{"holderIdentity", holder}, {"leaseDurationSeconds", 15}}}}.dump();
}

std::string roll_of(const json& annotations) {
    return json{{"kind", "Lease"}, {"metadata", {{"resourceVersion", "1"}, {"annotations", annotations}}}}.dump();
}

/// What was told, as lines.
class Told {
public:
    ShardLeases::Heard heard() {
        return {[this](std::size_t shard) { say("leads " + std::to_string(shard)); },
                [this](std::size_t shard, const std::string& why) { say("lost " + std::to_string(shard) + ": " + why); },
                [this](std::size_t shard) { say("surplus " + std::to_string(shard)); },
                [this](std::size_t agents, std::size_t fair) { say(std::to_string(agents) + " agents, " + std::to_string(fair) + " each"); },
                [this](const std::string& why) { say("trouble: " + why); }};
    }
    bool comes(const std::string& line) {
        std::unique_lock guard{lock_};
        return came_.wait_for(guard, 20s, [&] { return said_.contains(line); });
    }
    bool said(const std::string& line) {
        const std::lock_guard guard{lock_};
        return said_.contains(line);
    }

private:
    void say(const std::string& line) {
        const std::lock_guard guard{lock_};
        said_.insert(line);
        came_.notify_all();
    }
    std::mutex lock_;
    std::condition_variable came_;
    std::set<std::string> said_;
};

bool asked_for(const std::vector<HttpRequest>& asked, const std::string& what, const std::string& body = {}) {
    return std::ranges::any_of(asked, [&](const HttpRequest& one) {
        return (one.method + " " + one.target).ends_with(what) && one.method == what.substr(0, one.method.size()) && one.body.find(body) != std::string::npos;
    });
}

}  // namespace

TEST_CASE("the Leases of shards have the numbers of these at the end of their names", "[shards]") {
    CHECK(shard_lease("setpoint", 0) == "setpoint-0");
    CHECK(shard_lease("setpoint", 12) == "setpoint-12");
    CHECK(roll_lease("setpoint") == "setpoint-agents");
}

TEST_CASE("an agent signs the roll, takes each shard by its own Lease, and lets all of them go", "[shards]") {
    IoThread io;
    const Clock clock;
    FakeKube kube{io, {{404, "{}", {}, true, "/leases/sp-agents"},
                       {201, roll_of({}), {}, true, "/leases"},
                       {404, "{}", {}, true, "/leases/sp-0"},
                       {404, "{}", {}, true, "/leases/sp-1"},
                       {201, lease_of("a_1"), {}, true, "/leases", true},
                       {200, lease_of(""), {}, true, "/leases/sp-0"},
                       {200, lease_of(""), {}, true, "/leases/sp-1"}}};
    Told told;
    ShardLeases leases{io, kube.client(), clock, {"ops", "sp", "a_1", 2, 1ms}};
    CHECK(leases.may_write(1).error().message == "this agent may not write: it does not hold the Lease ops/sp-1");
    leases.begin(told.heard());
    REQUIRE(told.comes("leads 0"));
    REQUIRE(told.comes("leads 1"));
    CHECK(told.said("1 agents, 2 each"));
    CHECK(leases.may_write(0));
    CHECK(leases.may_write(1));
    leases.release(20s);
    CHECK_FALSE(leases.may_write(0));
    CHECK_FALSE(leases.may_write(1));
    const auto asked = kube.asked(9);
    CHECK(asked[0].method + " " + asked[0].target == "PATCH /prefix/apis/coordination.k8s.io/v1/namespaces/ops/leases/sp-agents");
    CHECK(asked_for(asked, "PUT /prefix/apis/coordination.k8s.io/v1/namespaces/ops/leases/sp-0", R"("holderIdentity":"")"));
    CHECK(asked_for(asked, "PUT /prefix/apis/coordination.k8s.io/v1/namespaces/ops/leases/sp-1", R"("holderIdentity":"")"));
    CHECK(asked_for(asked, "PATCH /prefix/apis/coordination.k8s.io/v1/namespaces/ops/leases/sp-agents", R"("agents.setpoint.dev/1":null)"));
}

TEST_CASE("beside another agent one shard of two is taken, and it alone is lost", "[shards]") {
    IoThread io;
    const Clock clock;
    FakeKube kube{io, {{200, roll_of({{"agents.setpoint.dev/2", "1 of 2 shards, sign 3 of pod-2"}}), {}, true, "/leases/sp-agents", true},
                       {200, lease_of(""), {}, true, "/leases/sp-0"},
                       {200, lease_of("b_2"), {}, true, "/leases/sp-1", true},
                       {200, lease_of("a_1"), {}, true, "/leases/sp-0"},
                       {200, lease_of(""), {}, true, "/leases/sp-0", true}}};
    Told told;
    ShardLeases leases{io, kube.client(), clock, {"ops", "sp", "a_1", 2, 1ms}};
    leases.begin(told.heard());
    REQUIRE(told.comes("leads 0"));
    CHECK(told.said("2 agents, 1 each"));
    CHECK(leases.may_write(0));
    CHECK_FALSE(leases.may_write(1));
    leases.let_go(0);
    REQUIRE(told.comes("lost 0: the Lease ops/sp-0 was let go, for agents that hold fewer"));
    CHECK_FALSE(told.said("leads 1"));
}

TEST_CASE("without a roll what is free is taken, and why there is none is said once", "[shards]") {
    IoThread io;
    const Clock clock;
    FakeKube kube{io, {{403, R"({"kind": "Status", "message": "leases is forbidden"})", {}, true, "/leases/sp-agents", true},
                       {200, lease_of(""), {}, true, "/leases/sp-0"},
                       {200, lease_of(""), {}, true, "/leases/sp-1"},
                       {200, lease_of("a_1"), {}, true, "/leases/sp-0", true},
                       {200, lease_of("a_1"), {}, true, "/leases/sp-1", true}}};
    Told told;
    ShardLeases leases{io, kube.client(), clock, {"ops", "sp", "a_1", 2, 1ms}};
    leases.begin(told.heard());
    CHECK(told.comes("leads 0"));
    CHECK(told.comes("leads 1"));
    CHECK(told.said("trouble: the Lease ops/sp-agents: kubernetes says 403: leases is forbidden: how many agents share the work is not known, each takes what is free"));
}

TEST_CASE("beside an agent that shares into another number nothing is taken, and it is said why", "[shards]") {
    IoThread io;
    const Clock clock;
    FakeKube kube{io, {{200, roll_of({{"agents.setpoint.dev/2", "1 of 3 shards, sign 3 of pod-2"}}), {}, true, "/leases/sp-agents", true},
                       {200, lease_of(""), {}, true, "/leases/sp-0", true},
                       {200, lease_of(""), {}, true, "/leases/sp-1", true}}};
    Told told;
    ShardLeases leases{io, kube.client(), clock, {"ops", "sp", "a_1", 2, 1ms}};
    leases.begin(told.heard());
    CHECK(told.comes("trouble: an agent is there that shares the work into 3 shards, not 2: none is taken until it is gone"));
    for (const auto& asked : kube.asked(5)) CHECK(asked.method != "PUT");
    CHECK_FALSE(leases.may_write(0));
}

TEST_CASE("leases that were never begun are let go at once", "[shards]") {
    IoThread io;
    const Clock clock;
    FakeKube kube{io, {}};
    ShardLeases leases{io, kube.client(), clock, {"ops", "sp", "a_1", 3, 1ms}};
    leases.release(20s);
    CHECK(kube.asked(0).empty());
}

}  // namespace setpoint::test
