// SPDX-License-Identifier: Apache-2.0
#include "clients/lease_election.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <vector>

#include "../support/lease_server.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Kind = LeaseElection::Order::Kind;
using Role = LeaseElection::Role;

constexpr BootTime kBoot{1000s};
const WallTime kWall{1700000000s};

LeaseElection election(const std::string& identity = "a") { return LeaseElection{{"shop", "setpoint", identity, 15s}}; }

/// All that is due at `at`, each answered at once by a `server` whose civil clock nobody asks.
void run(LeaseElection& agent, LeaseServer& server, Duration at, WallTime wall = kWall) {
    for (int i = 0; i < 10; ++i) {
        const auto order = agent.due(kBoot + at, wall + at);
        if (!order) return;
        agent.answered(kBoot + at, server.answer(*order));
    }
    FAIL("it does not come to rest");
}

Duration left(const LeaseElection& agent, Duration at) { return agent.may_write(kBoot + at).value_or(Duration{0}); }

}  // namespace

TEST_CASE("where there is no Lease, one is made, and renewed every third of its duration", "[lease]") {
    LeaseServer server;
    auto agent = election();
    CHECK_FALSE(agent.may_write(kBoot));
    run(agent, server, 0s);
    CHECK(agent.role() == Role::leader);
    CHECK(left(agent, 0s) == 12s);  // a fifth is kept
    CHECK((*server.lease)["spec"] == json{{"holderIdentity", "a"}, {"leaseDurationSeconds", 15}, {"leaseTransitions", 0},
                                          {"acquireTime", "2023-11-14T22:13:20.000000Z"}, {"renewTime", "2023-11-14T22:13:20.000000Z"}});
    CHECK(agent.next() == kBoot + 5s);
    CHECK_FALSE(agent.due(kBoot + 4999ms, kWall));
    run(agent, server, 5s);
    CHECK(left(agent, 5s) == 12s);
    CHECK((*server.lease)["spec"]["renewTime"] == "2023-11-14T22:13:25.000000Z");
    CHECK((*server.lease)["spec"]["acquireTime"] == "2023-11-14T22:13:20.000000Z");
}

TEST_CASE("who shares is asked whether to take a Lease, and told only when it is asked for", "[lease]") {
    LeaseServer server;
    std::vector<BootTime> taken;
    bool wanted = false;
    LeaseElection::Settings settings{"shop", "setpoint", "a", 15s, [&](BootTime, Duration) { return wanted; }, [&](BootTime now) { taken.push_back(now); }};
    LeaseElection agent{settings};
    run(agent, server, 0s);
    CHECK(agent.role() == Role::standby);
    CHECK(taken.empty());
    wanted = true;
    run(agent, server, 1s);
    CHECK(agent.role() == Role::leader);
    run(agent, server, 6s);
    CHECK(taken == std::vector<BootTime>{kBoot + 1s});  // a renewal is none
}

TEST_CASE("a Lease of another is taken once nobody renewed it for its duration by our clock, whatever it says by the other's", "[lease]") {
    LeaseServer server;
    server.put("b", GENERATE("1999-01-01T00:00:00Z", "2099-01-01T00:00:00Z"));
    auto agent = election();
    run(agent, server, 0s);
    CHECK(agent.obstacle() == "b holds the Lease shop/setpoint");
    run(agent, server, 14s);
    CHECK(agent.role() == Role::standby);
    server.put("b", "2000-01-01T00:00:00Z");  // renewed
    run(agent, server, 15s);  // conflict
    run(agent, server, 15250ms);
    run(agent, server, 30s);
    CHECK(agent.role() == Role::standby);
    run(agent, server, 31s);
    CHECK(agent.role() == Role::leader);
    CHECK(server.holder() == "a");
    CHECK((*server.lease)["spec"]["leaseTransitions"] == 8);
    CHECK((*server.lease)["metadata"]["labels"]["team"] == "shop");  // what is not ours stays
}

TEST_CASE("agents whose civil clocks are an hour apart never lead at once", "[lease]") {
    LeaseServer server;
    auto a = election("a");
    auto b = election("b");
    for (int second = 0; second < 120; ++second) {
        const auto at = std::chrono::seconds{second};
        if (second < 40) run(a, server, at, kWall + 1h);  // then it is gone without a word
        run(b, server, at, kWall);
        CHECK((left(a, at) > 0s) + (left(b, at) > 0s) <= 1);
    }
    CHECK(b.role() == Role::leader);
}

TEST_CASE("another duration than ours counts as its holder wrote it; none, or nonsense, as ours", "[lease]") {
    LeaseServer server;
    const auto [duration, expires] = GENERATE(table<json, Duration>({{60, 60s}, {json{}, 15s}, {-3, 15s}, {"long", 15s}, {0, 15s}}));
    server.put("b", "x", duration);
    auto agent = election();
    run(agent, server, 0s);
    run(agent, server, expires - 1s);
    CHECK(agent.role() == Role::standby);
    run(agent, server, expires);
    CHECK(agent.role() == Role::leader);
}

TEST_CASE("a Lease that was let go is taken at once, and so is one of which nothing makes sense", "[lease]") {
    LeaseServer server;
    server.put("", "2023-11-14T22:13:20.000000Z");
    const int garbled = GENERATE(0, 1, 2, 3);
    if (garbled == 1) server.lease->erase("spec");
    if (garbled == 2) (*server.lease)["spec"] = "rubbish";
    if (garbled == 3) (*server.lease)["spec"] = {{"holderIdentity", 17}, {"renewTime", json::array()}, {"leaseTransitions", -1}};
    auto agent = election();
    run(agent, server, 0s);
    CHECK(agent.role() == Role::leader);
    CHECK(server.holder() == "a");
}

TEST_CASE("an answer that is no Lease, or has no version to compare with, is an error", "[lease]") {
    CHECK(read_lease("{").error().code == Errc::bad_reply);
    CHECK(read_lease(R"({"kind": "Status"})").error().code == Errc::bad_reply);
    CHECK(read_lease(R"({"kind": "Lease", "spec": {}})").error().message == "the Lease has no resourceVersion");
    auto agent = election();
    REQUIRE(agent.due(kBoot, kWall));
    agent.answered(kBoot, read_lease(R"({"kind": "Lease"})"));
    CHECK(agent.in_trouble());
    CHECK(agent.role() == Role::standby);
    CHECK(agent.next() == kBoot + 1s);
}

TEST_CASE("of two that take a Lease at the same time one gets it", "[lease]") {
    LeaseServer server;
    server.put("", "x");
    auto a = election("a");
    auto b = election("b");
    for (auto* agent : {&a, &b}) {
        const auto read = agent->due(kBoot, kWall);
        agent->answered(kBoot, server.answer(*read));
    }
    const auto from_a = a.due(kBoot, kWall);
    const auto from_b = b.due(kBoot, kWall);
    REQUIRE(from_a->kind == Kind::replace);
    REQUIRE(from_b->kind == Kind::replace);
    b.answered(kBoot, server.answer(*from_b));
    a.answered(kBoot, server.answer(*from_a));
    CHECK(b.role() == Role::leader);
    run(a, server, 250ms);
    CHECK(a.role() == Role::standby);
    CHECK(a.obstacle() == "b holds the Lease shop/setpoint");
}

TEST_CASE("a renewal counts from the moment before it was sent, however late its answer", "[lease]") {
    LeaseServer server;
    auto agent = election();
    run(agent, server, 0s);
    const auto renewal = agent.due(kBoot + 5s, kWall);
    REQUIRE(renewal);
    CHECK(renewal->deadline == 3s);
    CHECK_FALSE(agent.due(kBoot + 6s, kWall));  // one at a time
    agent.answered(kBoot + 7900ms, server.answer(*renewal));
    CHECK(left(agent, 7900ms) == 9100ms);  // until 5 + 12
    CHECK(agent.next() == kBoot + 10s);
}

TEST_CASE("one that was suspended may write nothing when it wakes, before anything else was done", "[lease]") {
    LeaseServer server;
    auto agent = election();
    run(agent, server, 0s);
    const auto renewal = agent.due(kBoot + 5s, kWall);
    const auto renewed = server.answer(*renewal);
    CHECK(agent.may_write(kBoot + 12s).error().message == "this agent may not write: the Lease shop/setpoint was not renewed in time");
    agent.answered(kBoot + 300s, renewed);  // the answer of five minutes ago
    CHECK(agent.role() == Role::standby);
    CHECK(agent.why_lost() == "the Lease shop/setpoint was not renewed in time");
    CHECK_FALSE(agent.may_write(kBoot + 300s));
    server.put("b", "x");  // meanwhile another led
    run(agent, server, 301s);
    CHECK(agent.role() == Role::standby);
    CHECK(server.holder() == "b");
}

TEST_CASE("a leader leads on through a short outage of the API server; after a long one it is elected again", "[lease]") {
    LeaseServer server;
    auto agent = election();
    run(agent, server, 0s);
    const Duration away = GENERATE(6s, 20s);
    for (Duration at = 5s; at < 30s; at += 250ms) {
        const auto order = agent.due(kBoot + at, kWall);
        if (!order) continue;
        CHECK(order->deadline <= (agent.role() == Role::leader ? 3s : 5s));
        agent.answered(kBoot + at, at < 5s + away ? fail(Errc::unreachable, "nobody answers") : server.answer(*order));
        const bool valid = away == 6s || at < 12s || at > 25s;  // taken at 0 s, renewed at 11 s or seen at 25 s and taken
        CHECK(agent.may_write(kBoot + at).has_value() == valid);
        CHECK((agent.role() == Role::leader) == valid);
    }
    CHECK(agent.why_lost() == (away == 6s ? "" : "the Lease shop/setpoint was not renewed in time: nobody answers"));
    CHECK((*server.lease)["spec"]["leaseTransitions"] == 0);
}

TEST_CASE("during an outage of the leader alone the standby takes the Lease, and the two never lead at once", "[lease]") {
    LeaseServer server;
    auto a = election("a");
    auto b = election("b");
    bool changed = false;
    for (Duration at = 0s; at < 60s; at += 250ms) {
        const bool cut_off = at >= 6s && at < 40s;
        if (!cut_off) run(a, server, at);
        else if (a.due(kBoot + at, kWall)) a.answered(kBoot + at, fail(Errc::timed_out, "no answer"));
        run(b, server, at);
        CHECK((left(a, at) > 0s) + (left(b, at) > 0s) <= 1);
        changed = changed || left(b, at) > 0s;
    }
    CHECK(changed);
    CHECK(a.role() == Role::standby);
    CHECK(a.obstacle() == "b holds the Lease shop/setpoint");
}

TEST_CASE("a renewal whose answer was lost is found to be there", "[lease]") {
    LeaseServer server;
    auto agent = election();
    run(agent, server, 0s);
    const auto renewal = agent.due(kBoot + 5s, kWall);
    CHECK(server.answer(*renewal));
    agent.answered(kBoot + 8s, fail(Errc::timed_out, "too late"));
    CHECK(left(agent, 8s) == 4s);
    run(agent, server, 9s);  // conflict
    CHECK(left(agent, 9s) == 3s);
    run(agent, server, 9250ms);
    CHECK(left(agent, 9250ms) == 12s);
}

TEST_CASE("a leader whose Lease another took has lost it", "[lease]") {
    LeaseServer server;
    auto agent = election();
    run(agent, server, 0s);
    server.put("b", "x");
    run(agent, server, 5s);
    run(agent, server, 5250ms);
    CHECK(agent.role() == Role::standby);
    CHECK(agent.why_lost() == "b took the Lease shop/setpoint");
    CHECK(agent.obstacle() == "b holds the Lease shop/setpoint");
    CHECK_FALSE(agent.may_write(kBoot + 5250ms));
    CHECK(server.holder() == "b");
    server.put("", "x");  // that one lets it go
    run(agent, server, 10s);
    CHECK(agent.role() == Role::leader);
    CHECK(server.holder() == "a");
}

TEST_CASE("a Lease that somebody deletes is made again by its holder; others wait out what they saw", "[lease]") {
    LeaseServer server;
    auto a = election("a");
    auto b = election("b");
    run(a, server, 0s);
    run(b, server, 0s);
    server.lease.reset();
    for (const Duration at : {1s, 2s, 3s, 4s}) run(b, server, at);
    CHECK(b.role() == Role::standby);
    CHECK_FALSE(server.lease);
    run(a, server, 5s);
    CHECK(server.holder() == "a");
    CHECK(left(a, 5s) == 12s);

    server.lease.reset();  // and its holder is gone
    for (Duration at = 6s; at < 21s; at += 1s) run(b, server, at);
    CHECK(b.role() == Role::leader);  // 15 s after what it saw last
}

TEST_CASE("what hinders a standby is said: no permission, no namespace", "[lease]") {
    auto agent = election();
    REQUIRE(agent.due(kBoot, kWall));
    agent.answered(kBoot, fail(Errc::refused, "kubernetes says 403: leases is forbidden"));
    CHECK(agent.obstacle() == "the Lease shop/setpoint: kubernetes says 403: leases is forbidden");
    REQUIRE(agent.due(kBoot + 1s, kWall)->kind == Kind::read);
    agent.answered(kBoot + 1s, fail(Errc::no_data, "no such Lease"));
    REQUIRE(agent.due(kBoot + 1s, kWall)->kind == Kind::create);
    agent.answered(kBoot + 1s, fail(Errc::no_data, "namespaces shop not found"));
    CHECK(agent.obstacle() == "the Lease shop/setpoint: namespaces shop not found");
    CHECK(agent.next() == kBoot + 2s);
}

TEST_CASE("a leader that stops lets its Lease go, and the next one needs not wait", "[lease]") {
    LeaseServer server;
    auto a = election("a");
    auto b = election("b");
    run(a, server, 0s);
    run(b, server, 0s);
    a.resign();
    CHECK(a.may_write(kBoot + 1s).error().message == "this agent may not write: it is stopping");
    run(a, server, 1s);
    CHECK(a.role() == Role::resigned);
    CHECK(server.holder().empty());
    run(b, server, 1s);
    CHECK(b.role() == Role::leader);
    CHECK((*server.lease)["spec"]["leaseTransitions"] == 1);
}

TEST_CASE("who stops while it takes the Lease lets it go; a standby has nothing to let go", "[lease]") {
    LeaseServer server;
    auto a = election("a");
    a.answered(kBoot, server.answer(*a.due(kBoot, kWall)));
    const auto create = a.due(kBoot, kWall);
    a.resign();
    CHECK_FALSE(a.due(kBoot, kWall));
    a.answered(kBoot, server.answer(*create));
    CHECK_FALSE(a.may_write(kBoot));
    run(a, server, 0s);
    CHECK(a.role() == Role::resigned);
    CHECK(server.holder().empty());

    server.put("c", "x");
    auto b = election("b");
    run(b, server, 0s);
    b.resign();
    run(b, server, 0s);
    CHECK(b.role() == Role::resigned);
    CHECK(server.holder() == "c");
}

TEST_CASE("what is free is taken when it is wanted, by how long it has been free, and looked at once a second until then", "[lease]") {
    LeaseServer server;
    const bool absent = GENERATE(true, false);
    const auto free_from = absent ? 0s : 15s;  // by its holder's silence
    if (!absent) server.put("b", "x");
    std::vector<Duration> asked;
    LeaseElection agent{{"shop", "setpoint", "a", 15s, [&](BootTime, Duration free_for) {
                             asked.push_back(free_for);
                             return free_for >= 4s;
                         }}};
    for (auto at = 0s; at < free_from + 4s; at += 1s) run(agent, server, at);
    CHECK(agent.role() == Role::standby);
    CHECK(asked.front() == 0s);
    CHECK(asked.back() == 3s);
    CHECK(agent.next() == kBoot + free_from + 4s);
    run(agent, server, free_from + 4s);
    CHECK(agent.role() == Role::leader);
    CHECK(server.holder() == "a");
    run(agent, server, free_from + 9s);  // what is held is renewed, wanted or not
    CHECK(left(agent, free_from + 9s) == 12s);
}

TEST_CASE("one that was let go for another may not be written under, and is stood for again", "[lease]") {
    LeaseServer server;
    bool wanted = true;
    LeaseElection a{{"shop", "setpoint", "a", 15s, [&](BootTime, Duration) { return wanted; }}};
    run(a, server, 0s);
    wanted = false;
    a.let_go();
    CHECK_FALSE(a.may_write(kBoot + 1s));
    run(a, server, 1s);
    CHECK(server.holder().empty());
    CHECK(a.role() == Role::standby);
    CHECK(a.why_lost() == "the Lease shop/setpoint was let go, for agents that hold fewer");
    run(a, server, 2s);
    CHECK(server.holder().empty());
    auto b = election("b");
    run(b, server, 2s);
    CHECK(b.role() == Role::leader);
    wanted = true;
    for (auto at = 3s; at < 19s; at += 1s) run(a, server, at);  // a conflict, then b's is seen at 4 s
    CHECK(a.role() == Role::standby);
    run(a, server, 19s);
    CHECK(a.role() == Role::leader);
    a.let_go();
    a.resign();  // and is stopped in that moment
    run(a, server, 20s);
    CHECK(a.role() == Role::resigned);
    CHECK(server.holder().empty());
}

TEST_CASE("who cannot let a Lease go goes on with it, and who has none lets nothing go", "[lease]") {
    LeaseServer server;
    auto agent = election();
    agent.let_go();
    run(agent, server, 0s);
    CHECK(agent.role() == Role::leader);
    agent.let_go();
    REQUIRE(agent.due(kBoot + 1s, kWall)->kind == Kind::replace);
    agent.answered(kBoot + 1s, fail(Errc::unreachable, "nobody answers"));
    CHECK(agent.role() == Role::standby);
    run(agent, server, 2s);
    CHECK(agent.role() == Role::leader);
    CHECK((*server.lease)["spec"]["leaseTransitions"] == 0);
}

}  // namespace setpoint::test
