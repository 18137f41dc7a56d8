// SPDX-License-Identifier: Apache-2.0
#include "actuators/docker_roster.hpp"

#include <catch2/catch.hpp>

namespace setpoint {
namespace {

using namespace std::chrono_literals;

ContainerSummary running(ContainerHealth health) {
    ContainerSummary made;
    made.id = "aa";
    made.name = "cart-1";
    made.state = ContainerState::running;
    made.health = health;
    return made;
}

DockerPlan seen(std::vector<ContainerSummary> containers) { return {std::move(containers), "cart", {}}; }

/// `stamp`: the start by the Engine's clock; the same as ours unless said.
void learn(DockerRoster& roster, ContainerHealth health, Time started, std::optional<Duration> stamp = {}) {
    ContainerDetails details;
    details.id = "aa";
    details.state = ContainerState::running;
    details.health = health;
    details.started = WallTime{stamp.value_or(started.time_since_epoch())};
    details.cpu_limit = 0.5;
    details.memory_limit = 1e9;
    roster.take(details, started);
}

}  // namespace

TEST_CASE("a container without a health check serves from its start", "[docker_group]") {
    DockerRoster roster{TargetId{2}};
    const auto plan = seen({running(ContainerHealth::none)});
    CHECK(roster.to_inspect(plan, Time{} + 1h) == std::vector<std::string>{"aa"});
    learn(roster, ContainerHealth::none, Time{90s});
    const auto deltas = roster.update(plan, {}, Time{100s});
    REQUIRE(deltas.size() == 1);
    CHECK(deltas[0].target == TargetId{2});
    CHECK(deltas[0].pod.serving());
    CHECK(deltas[0].pod.started_at == Time{90s});
    CHECK(deltas[0].pod.ready_changed == Time{90s});
    CHECK(deltas[0].pod.requests.cpu == 0.5);  // utilization is of the limit
    CHECK(deltas[0].pod.limits.memory == 1e9);
    CHECK(roster.ready() == 1);
    CHECK(roster.update(plan, {}, Time{105s}).empty());  // nothing changed
}

TEST_CASE("a health check decides when a container is ready", "[docker_group]") {
    DockerRoster roster{TargetId{0}};
    learn(roster, ContainerHealth::starting, Time{90s});
    auto deltas = roster.update(seen({running(ContainerHealth::starting)}), {}, Time{100s});
    REQUIRE(deltas.size() == 1);
    CHECK(deltas[0].pod.ready == false);
    CHECK(roster.ready() == 0);
    learn(roster, ContainerHealth::healthy, Time{90s});
    deltas = roster.update(seen({running(ContainerHealth::healthy)}), {}, Time{110s});
    REQUIRE(deltas.size() == 1);
    CHECK(deltas[0].pod.ready == true);
    CHECK(deltas[0].pod.ready_changed == Time{110s});
}

TEST_CASE("when a container that was healthy before us became so is not known", "[docker_group]") {
    DockerRoster roster{TargetId{0}};
    learn(roster, ContainerHealth::healthy, Time{90s});
    const auto deltas = roster.update(seen({running(ContainerHealth::healthy)}), {}, Time{100s});
    REQUIRE(deltas.size() == 1);
    CHECK(deltas[0].pod.ready == true);
    CHECK_FALSE(deltas[0].pod.ready_changed);
}

TEST_CASE("a container that is being stopped serves no more, and then is gone", "[docker_group]") {
    DockerRoster roster{TargetId{0}};
    learn(roster, ContainerHealth::none, Time{90s});
    (void)roster.update(seen({running(ContainerHealth::none)}), {}, Time{100s});
    auto deltas = roster.update(seen({running(ContainerHealth::none)}), {"aa"}, Time{101s});
    REQUIRE(deltas.size() == 1);
    CHECK(deltas[0].pod.deleting);
    CHECK(roster.ready() == 0);
    deltas = roster.update(seen({}), {}, Time{102s});
    REQUIRE(deltas.size() == 1);
    CHECK(deltas[0].gone);
    CHECK(deltas[0].pod.id == pod_id("aa"));
    CHECK(roster.update(seen({}), {}, Time{103s}).empty());
}

TEST_CASE("a start that only seems to move by the clocks' difference did not", "[docker_group]") {
    DockerRoster roster{TargetId{0}};
    learn(roster, ContainerHealth::none, Time{90s}, 50s);
    (void)roster.update(seen({running(ContainerHealth::none)}), {}, Time{100s});
    learn(roster, ContainerHealth::none, Time{90'003ms}, 50s);
    CHECK(roster.update(seen({running(ContainerHealth::none)}), {}, Time{105s}).empty());
    learn(roster, ContainerHealth::none, Time{105s}, 50s);  // the clock was stepped back: a start that is to come
    CHECK(roster.update(seen({running(ContainerHealth::none)}), {}, Time{105s}).empty());
    learn(roster, ContainerHealth::none, Time{104s}, 64s);  // restarted
    CHECK(roster.update(seen({running(ContainerHealth::none)}), {}, Time{106s}).size() == 1);
}

}  // namespace setpoint
