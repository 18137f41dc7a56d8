// SPDX-License-Identifier: Apache-2.0
#include "clients/swarm_types.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::json;

// As a manager of 20.10 answers, shortened.
constexpr const char* kService = R"({
  "ID": "ys1bztlxghy8", "Version": {"Index": 28}, "CreatedAt": "2026-01-31T08:00:00.182647802Z",
  "Spec": {"Name": "cart", "Labels": {"team": "shop"},
    "TaskTemplate": {"ContainerSpec": {"Image": "cart:2"}, "Resources": {"Limits": {"NanoCPUs": 200000000}},
                     "Placement": {"MaxReplicas": 3}},
    "Mode": {"Replicated": {"Replicas": 4}}, "UpdateConfig": {"FailureAction": "rollback", "MaxFailureRatio": 0.1},
    "EndpointSpec": {"Mode": "vip", "Ports": [
      {"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 8080, "PublishMode": "host"},
      {"Protocol": "tcp", "TargetPort": 81, "PublishMode": "host"},
      {"Protocol": "tcp", "TargetPort": 82, "PublishedPort": 8082, "PublishMode": "ingress"}]}},
  "PreviousSpec": {"TaskTemplate": {"ContainerSpec": {"Image": "cart:1"}}},
  "UpdateStatus": {"State": "updating", "StartedAt": "2026-01-31T08:05:00Z", "Message": "update in progress"}})";

constexpr const char* kTasks = R"json([
  {"ID": "t1", "CreatedAt": "2026-01-31T08:00:00Z", "Slot": 2, "NodeID": "n1", "DesiredState": "running",
   "Spec": {"Resources": {"Limits": {"NanoCPUs": 200000000, "MemoryBytes": 67108864}}},
   "Status": {"Timestamp": "2026-01-31T08:00:02.5Z", "State": "running", "Message": "started",
              "ContainerStatus": {"ContainerID": "fed17cca", "PID": 9607}}},
  {"ID": "t2", "CreatedAt": "2026-01-31T08:00:00Z", "Slot": 3, "DesiredState": "remove",
   "Status": {"State": "pending", "Message": "pending task scheduling", "Err": "no suitable node (insufficient resources on 1 node)"}}])json";

std::string service_with(const std::string& mode, const std::string& more = "") {
    return R"({"ID": "a", "Version": {"Index": 1}, "Spec": {"Name": "cart", "Mode": )" + mode + "}" + more + "}";
}

}  // namespace

TEST_CASE("a service is read with its size, its version and its rollout", "[swarm]") {
    const auto service = parse_service(kService);
    REQUIRE(service);
    CHECK(service->id == "ys1bztlxghy8");
    CHECK(service->name == "cart");
    CHECK(service->version == 28);
    CHECK(service->mode == ServiceMode::replicated);
    CHECK(service->replicas == 4);
    CHECK(service->rollout == Rollout::updating);
    CHECK(service->rollout_began == *parse_time("2026-01-31T08:05:00Z"));
    CHECK(service->rolls_back);
    CHECK(service->image == "cart:2");
    CHECK(service->previous_image == "cart:1");
    CHECK(service->host_ports == std::vector<int>{8080});  // not one that the node chooses, nor one of the ingress
    CHECK(service->most_per_node == 3);
}

TEST_CASE("the modes and rollouts of a service are told apart", "[swarm]") {
    CHECK(parse_service(service_with(R"({"Global": {}})"))->mode == ServiceMode::global);
    CHECK(parse_service(service_with(R"({"ReplicatedJob": {"MaxConcurrent": 1}})"))->mode == ServiceMode::replicated_job);
    CHECK(parse_service(service_with(R"({"GlobalJob": {}})"))->mode == ServiceMode::global_job);
    const std::string zero = R"({"Replicated": {"Replicas": 0}})";
    CHECK(parse_service(service_with(zero))->rollout == Rollout::none);
    const auto state = [&](const std::string& name) { return parse_service(service_with(zero, R"(, "UpdateStatus": {"State": ")" + name + "\"}")); };
    CHECK(state("paused")->rollout == Rollout::paused);
    CHECK(state("completed")->rollout == Rollout::completed);
    CHECK(state("rollback_started")->rollout == Rollout::rolling_back);
    CHECK(state("rollback_paused")->rollout == Rollout::rollback_paused);
    CHECK(state("rollback_completed")->rollout == Rollout::rolled_back);
    CHECK(state("").value().rollout == Rollout::none);
    CHECK(state("dancing").error().code == Errc::bad_reply);
}

TEST_CASE("a service that makes no sense is a bad reply", "[swarm]") {
    const auto json = GENERATE("", "[]", "{}", R"({"ID": "a", "Version": {"Index": -1}, "Spec": {}})",
                               R"({"ID": "a", "Version": {"Index": 1}, "Spec": {"Mode": {}}})",
                               R"({"ID": "a", "Version": {"Index": 1}, "Spec": {"Mode": {"Replicated": {}}}})",
                               R"({"ID": "a", "Version": {"Index": 1}, "Spec": {"Mode": {"Replicated": {"Replicas": 100001}}}})");
    INFO(json);
    CHECK(parse_service(json).error().code == Errc::bad_reply);
}

TEST_CASE("tasks are read with their container, their limits and what keeps them", "[swarm]") {
    const auto tasks = parse_tasks(kTasks);
    REQUIRE(tasks);
    REQUIRE(tasks->size() == 2);
    const auto& runs = tasks->front();
    CHECK(runs.id == "t1");
    CHECK(runs.slot == 2);
    CHECK(runs.node == "n1");
    CHECK(runs.container == "fed17cca");
    CHECK(runs.state == TaskState::running);
    CHECK_FALSE(runs.leaving());
    CHECK(runs.created == *parse_time("2026-01-31T08:00:00Z"));
    CHECK(runs.changed == *parse_time("2026-01-31T08:00:02.5Z"));
    CHECK(runs.limits.cpu == 0.2);
    CHECK(runs.limits.memory == 67108864);
    const auto& waits = tasks->back();
    CHECK(waits.state == TaskState::pending);
    CHECK(waits.leaving());
    CHECK(waits.trouble == "no suitable node (insufficient resources on 1 node)");
    CHECK_FALSE(waits.limits.cpu);
}

TEST_CASE("a list of tasks that makes no sense is a bad reply", "[swarm]") {
    const auto json = GENERATE("{}", "[{}]", R"([{"ID": "t", "Status": {"State": "asleep"}, "DesiredState": "running"}])",
                               R"([{"ID": "t", "Status": {"State": "running"}}])");
    INFO(json);
    CHECK(parse_tasks(json).error().code == Errc::bad_reply);
}

TEST_CASE("another size changes nothing else of the spec, whatever is in it", "[swarm]") {
    const std::string odd = R"({"ID": "a", "Spec": {"Name": "cart", "Mode": {"Replicated": {"Replicas": 2}}, "Nobody": {"Knows": [1, "é"]},
        "UpdateConfig": {"MaxFailureRatio": 0.1, "Delay": 9223372036854775807, "Big": 18446744073709551615}, "Labels": {}, "None": null}})";
    const auto spec = resized(odd, 7);
    REQUIRE(spec);
    auto expected = Json::parse(odd)["Spec"];
    expected["Mode"]["Replicated"]["Replicas"] = 7;
    CHECK(Json::parse(*spec) == expected);
    CHECK_THAT(*spec, Catch::Matchers::Contains("18446744073709551615") && Catch::Matchers::Contains("\"MaxFailureRatio\":0.1}"));
    CHECK(resized(service_with(R"({"Global": {}})"), 3).error().code == Errc::bad_reply);
}

}  // namespace setpoint
