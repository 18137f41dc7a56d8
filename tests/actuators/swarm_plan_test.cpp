// SPDX-License-Identifier: Apache-2.0
#include "actuators/swarm_plan.hpp"

#include <catch2/catch.hpp>

namespace setpoint {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

ServiceDetails cart(Rollout rollout, bool rolls_back = false) {
    ServiceDetails service;
    service.id = "s1";
    service.name = "cart";
    service.replicas = 4;
    service.rollout = rollout;
    service.rolls_back = rolls_back;
    return service;
}

ServiceTask task(TaskState state, TaskState desired = TaskState::running) {
    ServiceTask made;
    made.id = "t";
    made.node = "n1";
    made.state = state;
    made.desired = desired;
    return made;
}

}  // namespace

TEST_CASE("a replicated service can be scaled, others are refused with the cure", "[swarm]") {
    auto service = cart(Rollout::none);
    CHECK(check_scalable(service, "cart"));
    service.mode = GENERATE(ServiceMode::global, ServiceMode::replicated_job, ServiceMode::global_job);
    const auto refused = check_scalable(service, "cart");
    CHECK(refused.error().code == Errc::refused);
    CHECK_THAT(refused.error().message, Contains("cart") && Contains("--mode replicated"));
}

TEST_CASE("a service that was found by the beginning of its ID is not the one meant", "[swarm]") {
    CHECK_THAT(check_scalable(cart(Rollout::none), "s").error().message, Contains("no service 's'") && Contains("'cart'"));
}

TEST_CASE("without a rollout any size is fine", "[swarm]") {
    const auto service = cart(GENERATE(Rollout::none, Rollout::completed, Rollout::rolled_back), true);
    CHECK(check_rollout(service, 1, 0s));
    CHECK(check_rollout(service, 9, 0s));
}

TEST_CASE("a service does not shrink while its rollout lasts, however long", "[swarm]") {
    const auto service = cart(GENERATE(Rollout::updating, Rollout::rolling_back), GENERATE(true, false));
    CHECK(check_rollout(service, 3, 5s).error().code == Errc::refused);
    CHECK(check_rollout(service, 3, 24h).error().code == Errc::refused);
}

TEST_CASE("a service grows in its rollout, but not where that takes an automatic rollback", "[swarm]") {
    CHECK(check_rollout(cart(Rollout::updating), 5, 5s));
    CHECK(check_rollout(cart(Rollout::rolling_back, true), 5, 5s));
    const auto kept = check_rollout(cart(Rollout::updating, true), 5, 15min - 1ms);
    CHECK_THAT(kept.error().message, Contains("automatic rollback"));
    CHECK(check_rollout(cart(Rollout::updating, true), 5, 15min));
}

TEST_CASE("a paused rollout would be started again by any size", "[swarm]") {
    const auto service = cart(GENERATE(Rollout::paused, Rollout::rollback_paused));
    const Replicas wanted = GENERATE(3, 5);
    CHECK_THAT(check_rollout(service, wanted, 24h).error().message, Contains("docker service rollback cart"));
}

TEST_CASE("tasks that leave or ended do not count", "[swarm]") {
    using enum TaskState;
    auto elsewhere = task(running);
    elsewhere.node = "n2";
    const auto counted = count({task(running), elsewhere, task(starting), task(running, remove), task(failed)});
    CHECK(counted.exist == 3);
    CHECK(counted.serving == 2);
    CHECK(counted.nodes == std::set<std::string>{"n1", "n2"});
    CHECK(counted.no_node.empty());
}

TEST_CASE("a task without a node says why", "[swarm]") {
    auto waits = task(TaskState::pending);
    waits.node.clear();
    CHECK(count({waits}).no_node.empty());  // its turn has not come
    waits.trouble = "no suitable node (insufficient resources on 1 node)";
    const auto counted = count({task(TaskState::running), waits});
    CHECK(counted.no_node == waits.trouble);
    CHECK(counted.exist == 2);
    CHECK(counted.nodes.size() == 1);
}

}  // namespace setpoint
