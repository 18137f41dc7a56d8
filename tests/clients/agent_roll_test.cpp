// SPDX-License-Identifier: Apache-2.0
#include "clients/agent_roll.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr BootTime kBoot{1000s};

AgentRoll roll() { return AgentRoll{{"ops", "setpoint-agents", "pod-1_00000000000000aa", 6, 10s}}; }

std::string lease(const json& annotations) { return json{{"kind", "Lease"}, {"metadata", {{"name", "setpoint-agents"}, {"annotations", annotations}}}}.dump(); }

using Held = std::vector<std::size_t>;

}  // namespace

TEST_CASE("an agent signs with what it holds, and in other words each time", "[shards]") {
    auto one = roll();
    CHECK(json::parse(one.sign(kBoot, 0)) == json{{"metadata", {{"annotations", {{"agents.setpoint.dev/00000000000000aa", "0 of 6 shards, sign 1 of pod-1"}}}}}});
    CHECK(json::parse(one.sign(kBoot, 3)) == json{{"metadata", {{"annotations", {{"agents.setpoint.dev/00000000000000aa", "3 of 6 shards, sign 2 of pod-1"}}}}}});
    CHECK(json::parse(one.farewell()) == json{{"metadata", {{"annotations", {{"agents.setpoint.dev/00000000000000aa", nullptr}}}}}});
    const auto first = json::parse(one.first(3));
    CHECK(first["kind"] == "Lease");
    CHECK(first["metadata"]["namespace"] == "ops");
    CHECK(first["metadata"]["name"] == "setpoint-agents");
    CHECK(first["metadata"]["annotations"] == json{{"agents.setpoint.dev/00000000000000aa", "3 of 6 shards, sign 3 of pod-1"}});
}

TEST_CASE("others live for ten seconds after each new sign, by our clock, and hold what they say", "[shards]") {
    auto one = roll();
    CHECK(one.others(kBoot).empty());
    json all{{"agents.setpoint.dev/00000000000000aa", "1 of 6 shards, sign 1 of pod-1"},  // we
             {"agents.setpoint.dev/b", "2 of 6 shards, sign 9 of pod-2"},
             {"agents.setpoint.dev/c", "0 of 6 shards, sign 4 of pod-3"},
             {"example.com/else", "7"}};
    REQUIRE(one.seen(kBoot, lease(all)));
    CHECK(one.others(kBoot) == Held{2, 0});
    all["agents.setpoint.dev/b"] = "3 of 6 shards, sign 10 of pod-2";
    REQUIRE(one.seen(kBoot + 5s, lease(all)));
    CHECK(one.others(kBoot + 9999ms) == Held{3, 0});
    CHECK(one.others(kBoot + 10s) == Held{3});
    CHECK(one.others(kBoot + 15s).empty());
    all.erase("agents.setpoint.dev/b");
    all["agents.setpoint.dev/c"] = "0 of 6 shards, sign 5 of pod-3";  // it was stopped, and goes on
    REQUIRE(one.seen(kBoot + 16s, lease(all)));
    CHECK(one.others(kBoot + 16s) == Held{0});
}

TEST_CASE("who is dead for long is taken off the roll", "[shards]") {
    auto one = roll();
    REQUIRE(one.seen(kBoot, lease({{"agents.setpoint.dev/b", "2 of 6 shards, sign 9 of pod-2"}})));
    CHECK_FALSE(json::parse(one.sign(kBoot + 39s, 0))["metadata"]["annotations"].contains("agents.setpoint.dev/b"));
    CHECK(json::parse(one.sign(kBoot + 40s, 0))["metadata"]["annotations"]["agents.setpoint.dev/b"].is_null());
}

TEST_CASE("what makes no sense on a roll counts as holding nothing; what is no roll is an error", "[shards]") {
    auto one = roll();
    REQUIRE(one.seen(kBoot, lease({{"agents.setpoint.dev/b", "many"}, {"agents.setpoint.dev/c", 7}, {"agents.setpoint.dev/d", "99999999999999999999999 of 6"}})));
    CHECK(one.others(kBoot) == Held{0});
    CHECK_FALSE(one.other_number(kBoot));
    CHECK(one.seen(kBoot, "{").error().code == Errc::bad_reply);
    CHECK(one.seen(kBoot, R"({"kind": "Status"})").error().message == "the answer is no Lease");
    CHECK(one.others(kBoot) == Held{0});
    REQUIRE(one.seen(kBoot, R"({"kind": "Lease", "metadata": {"annotations": []}})"));
    CHECK(one.others(kBoot).empty());
}

TEST_CASE("agents that share into another number of shards are no peers, and are told of where they hold some", "[shards]") {
    auto one = roll();
    REQUIRE(one.seen(kBoot, lease({{"agents.setpoint.dev/b", "0 of 4 shards, sign 9 of pod-2"}, {"agents.setpoint.dev/c", "1 of 6 shards, sign 2 of pod-3"}})));
    CHECK(one.others(kBoot) == Held{1});
    CHECK_FALSE(one.other_number(kBoot));
    REQUIRE(one.seen(kBoot, lease({{"agents.setpoint.dev/b", "2 of 4 shards, sign 10 of pod-2"}})));
    CHECK(one.other_number(kBoot + 9999ms) == 4U);
    CHECK_FALSE(one.other_number(kBoot + 10s));
}

TEST_CASE("an identity without a random part is used as it is", "[shards]") {
    AgentRoll one{{"ops", "r", "plain", 6, 10s}};
    CHECK(json::parse(one.sign(kBoot, 1))["metadata"]["annotations"] == json{{"agents.setpoint.dev/plain", "1 of 6 shards, sign 1 of plain"}});
}

}  // namespace setpoint::test
