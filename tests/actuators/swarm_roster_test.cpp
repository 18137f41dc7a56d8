// SPDX-License-Identifier: Apache-2.0
#include "actuators/swarm_roster.hpp"

#include <catch2/catch.hpp>

namespace setpoint {
namespace {

using namespace std::chrono_literals;

Time as_it_is(WallTime stamp) { return Time{stamp.time_since_epoch()}; }

/// Made at 90 s.
ServiceTask task(TaskState state, Duration changed, const std::string& container = "") {
    ServiceTask made;
    made.id = "t1";
    made.slot = 3;
    made.state = state;
    made.created = WallTime{90s};
    made.changed = WallTime{changed};
    made.container = container;
    made.limits = {0.2, 64e6};
    return made;
}

}  // namespace

TEST_CASE("a task is a pod from the moment Swarm makes it, and starts until it runs", "[swarm]") {
    SwarmRoster roster{TargetId{2}, "cart"};
    auto deltas = roster.update({task(TaskState::preparing, 91s)}, Time{91s}, as_it_is);
    REQUIRE(deltas.size() == 1);
    CHECK(deltas[0].target == TargetId{2});
    CHECK(deltas[0].pod.name == "cart.3");
    CHECK(deltas[0].pod.id == pod_id("t1"));
    CHECK(deltas[0].pod.phase == PodPhase::pending);
    CHECK_FALSE(deltas[0].pod.started_at);

    // With its container it is called as the statistics call it.
    deltas = roster.update({task(TaskState::running, 97s, "fed1")}, Time{98s}, as_it_is);
    REQUIRE(deltas.size() == 2);
    CHECK(deltas[0].gone);
    CHECK(deltas[0].pod.id == pod_id("t1"));
    const auto& pod = deltas[1].pod;
    CHECK(pod.id == pod_id("fed1"));
    CHECK(pod.serving());
    CHECK(pod.started_at == Time{90s});  // so a start took 7 s
    CHECK(pod.ready_changed == Time{97s});
    CHECK(pod.requests.cpu == 0.2);  // utilization is of the limit
    CHECK(pod.limits.memory == 64e6);
    CHECK(roster.update({task(TaskState::running, 97s, "fed1")}, Time{99s}, as_it_is).empty());
}

TEST_CASE("a task with a health check runs, and does not serve before it is healthy", "[swarm]") {
    SwarmRoster roster{TargetId{0}, "cart"};
    const auto deltas = roster.update({task(TaskState::starting, 92s, "fed1")}, Time{95s}, as_it_is);
    REQUIRE(deltas.size() == 1);
    CHECK(deltas[0].pod.phase == PodPhase::running);
    CHECK(deltas[0].pod.ready == false);
}

TEST_CASE("a task that finds no node, and one that leaves, are told apart", "[swarm]") {
    SwarmRoster roster{TargetId{0}, "cart"};
    auto waits = task(TaskState::pending, 91s);
    CHECK_FALSE(roster.update({waits}, Time{92s}, as_it_is)[0].pod.unschedulable);
    waits.trouble = "no suitable node";
    CHECK(roster.update({waits}, Time{93s}, as_it_is)[0].pod.unschedulable);
    auto leaves = task(TaskState::running, 97s, "fed1");
    leaves.desired = TaskState::remove;
    const auto deltas = roster.update({leaves}, Time{98s}, as_it_is);
    CHECK(deltas.back().pod.deleting);
    CHECK_FALSE(deltas.back().pod.serving());
}

TEST_CASE("a task that ended, or is listed no more, is gone", "[swarm]") {
    SwarmRoster roster{TargetId{0}, "cart"};
    CHECK(roster.update({task(TaskState::running, 97s, "fed1")}, Time{98s}, as_it_is).size() == 1);
    const bool ended = GENERATE(true, false);
    const auto deltas = roster.update(ended ? std::vector{task(TaskState::failed, 99s, "fed1")} : std::vector<ServiceTask>{}, Time{99s}, as_it_is);
    REQUIRE(deltas.size() == 1);
    CHECK(deltas[0].gone);
    CHECK(deltas[0].pod.id == pod_id("fed1"));
    CHECK(roster.update({}, Time{100s}, as_it_is).empty());
}

TEST_CASE("stamps of a node whose clock is ahead or behind make no start in the future, and none that ends before it began", "[swarm]") {
    SwarmRoster roster{TargetId{0}, "cart"};
    auto deltas = roster.update({task(TaskState::running, 80s, "fed1")}, Time{98s}, as_it_is);
    CHECK(deltas[0].pod.ready_changed == Time{90s});
    SwarmRoster other{TargetId{0}, "cart"};
    deltas = other.update({task(TaskState::running, 500s, "fed1")}, Time{98s}, as_it_is);
    CHECK(deltas[0].pod.ready_changed == Time{98s});
}

TEST_CASE("a step of the civil clock moves no start", "[swarm]") {
    SwarmRoster roster{TargetId{0}, "cart"};
    CHECK(roster.update({task(TaskState::running, 97s, "fed1")}, Time{98s}, as_it_is).size() == 1);
    const auto stepped = [](WallTime stamp) { return as_it_is(stamp) - 1h; };
    CHECK(roster.update({task(TaskState::running, 97s, "fed1")}, Time{99s}, stepped).empty());
}

}  // namespace setpoint
