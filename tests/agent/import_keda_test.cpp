// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "agent/import/cron_trigger.hpp"
#include "tests/support/imports.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Sizes = std::vector<int>;

const std::string kQueue = "{ type: prometheus, metadata: { serverAddress: 'http://prometheus:9090', query: 'sum(depth)', threshold: '10', ignoreNullValues: 'false' } }";

std::string scaled(const std::string& spec, const std::string& triggers = kQueue, const std::string& annotations = "{}") {
    return "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: { name: jobs, namespace: shop, annotations: " + annotations +
           " }\nspec:\n  scaleTargetRef: { name: jobs }\n" + spec + "  triggers: [ " + triggers + " ]\n";
}

std::string depth(const std::string& value, int replicas, int time) {
    return R"({"time": )" + std::to_string(time) + R"(, "target": {"replicas": )" + std::to_string(replicas) + R"(}, "signals": {"prometheus": )" + value + "}}";
}

TEST_CASE("a ScaledObject's policy is written as a person would", "[import]") {
    const auto imported = import_policies(scaled("  minReplicaCount: 2\n"), "in.yaml");
    CHECK(said(imported).empty());
    CHECK(imported.yaml == "apiVersion: setpoint.dev/v1alpha1\n"
                           "kind: ScalingPolicy\n"
                           "metadata: { name: jobs, namespace: shop }\n"
                           "spec:\n"
                           "  target: { kubernetes: { kind: Deployment, name: jobs } }\n"
                           "  replicas: { min: 2, max: 100 }\n"
                           "  interval: 15s\n"
                           "  signals: { prometheus: { prometheus: { query: sum(depth), url: http://prometheus:9090 } } }\n"
                           "  policies: [{ track: { signal: prometheus, averageValue: 10 } }]\n"
                           "  compat: hpa\n");
}

TEST_CASE("a query's threshold is a goal for each replica, or for the whole", "[import]") {
    CHECK(decided(scaled("  minReplicaCount: 1\n"), {depth("75", 4, 1000)}) == Sizes{8});  // ceil(7.5)
    const auto value = scaled("  minReplicaCount: 1\n", "{ type: prometheus, metricType: Value, " + kQueue.substr(kQueue.find("metadata")));
    CHECK(decided(value, {depth("15", 4, 1000)}) == Sizes{6});
}

TEST_CASE("with a minimum of 0 the target wakes with the first work and sleeps without any", "[import]") {
    const auto text = scaled("");
    CHECK(imported_policy(text).spec.replicas == Bounds{0, 100});
    CHECK(decided(text, {depth("0.5", 0, 1000), depth("0", 1, 1015), depth("0", 1, 1290), depth("0", 1, 1310)}) == Sizes{1, 1, 1, 0});
}

TEST_CASE("an activation threshold is that of the signal, without the arithmetic of HPA", "[import]") {
    const auto text = scaled("", kQueue.substr(0, kQueue.size() - 3) + ", activationThreshold: '5' } }");
    const auto policy = imported_policy(text);
    CHECK(policy.spec.compat == Compat::none);
    CHECK(policy.spec.yield == YieldSettings{0s, 0s});
    CHECK(policy.spec.signals.at(0).activation == 5);
    CHECK(decided(text, {depth("5", 0, 1000), depth("6", 0, 1015)}) == Sizes{0, 1});
    CHECK_THAT(said(import_policies(text, "in.yaml")), Contains("compat: hpa is left out"));
}

TEST_CASE("cpu and memory triggers", "[import]") {
    const auto policy = imported_policy(scaled("  minReplicaCount: 1\n", "{ type: cpu, metricType: Utilization, metadata: { value: '60', containerName: app } }, "
                                                                         "{ type: memory, metadata: { type: AverageValue, value: 1Gi } }"));
    REQUIRE(policy.spec.policies.size() == 2);
    CHECK(std::get<TrackSettings>(policy.spec.policies[0].settings).signal == "app-cpu");
    CHECK(std::get<TrackSettings>(policy.spec.policies[0].settings).utilization == 0.6);
    CHECK(std::get<TrackSettings>(policy.spec.policies[1].settings).average_value == 1024.0 * 1024 * 1024);
}

TEST_CASE("a cron trigger is a schedule", "[import]") {
    const auto text = scaled("  minReplicaCount: 1\n", "{ type: cron, metadata: { timezone: Europe/Berlin, start: '0 8 * * 1-5', end: '30 18 * * 1-5', desiredReplicas: '10' } }");
    const auto policy = imported_policy(text);
    const auto& schedule = std::get<ScheduleSettings>(policy.spec.policies.at(0).settings);
    CHECK(schedule.timezone == "Europe/Berlin");
    CHECK(schedule.windows.at(0).from == "08:00");
    CHECK(schedule.windows.at(0).to == "18:30");
    CHECK(schedule.windows.at(0).days == std::vector<std::string>{"mon", "tue", "wed", "thu", "fri"});
    // Monday 09:00 in Berlin, at most twice the size or 4 at once; Saturday.
    const auto at = [](const char* wall, int replicas, int time) {
        return R"({"time": )" + std::to_string(time) + R"(, "wall": ")" + wall + R"(", "target": {"replicas": )" + std::to_string(replicas) + "}}";
    };
    CHECK(decided(text, {at("2026-01-05T08:00:00Z", 6, 1000), at("2026-01-10T08:00:00Z", 10, 2000)}) == Sizes{10, 1});
}

TEST_CASE("a cron trigger wakes its target by itself: nothing is warned of", "[import]") {
    const auto imported = import_policies(scaled("", "{ type: cron, metadata: { timezone: UTC, start: '0 8 * * *', end: '0 18 * * *', desiredReplicas: '3' } }"), "in.yaml");
    CHECK(said(imported).empty());
    CHECK(parse_documents(imported.yaml, "out.yaml").findings.empty());
}

TEST_CASE("a window of cron is the days, or a duration, or nothing that can be said", "[import]") {
    const auto window = [](const char* start, const char* end) {
        const auto found = window_between(start, end);
        return found ? found->dump() : "none";
    };
    CHECK(window("0 8 * * *", "0 20 * * *") == R"({"from":"08:00","to":"20:00"})");
    CHECK(window("0 22 * * *", "0 6 * * *") == R"({"from":"22:00","to":"06:00"})");
    CHECK(window("0 22 * * 5", "0 6 * * 6") == R"({"days":["fri"],"from":"22:00","to":"06:00"})");
    CHECK(window("0 22 * * 1-5", "0 6 * * 2-6") == R"({"days":["mon","tue","wed","thu","fri"],"from":"22:00","to":"06:00"})");
    CHECK(window("0 8 * * MON", "0 18 * * FRI") == R"({"cron":"0 8 * * MON","duration":"4d10h"})");
    CHECK(window("0 20 * * 5", "0 6 * * 1") == R"({"cron":"0 20 * * 5","duration":"2d10h"})");
    CHECK(window("0 8 1 * *", "0 18 1 * *") == R"({"cron":"0 8 1 * *","duration":"10h"})");
    CHECK(window("0 22 * * 1-5", "0 6 * * 1-5") == "none");  // from Friday to Monday it is longer
    CHECK(window("*/5 8 * * *", "0 18 * * *") == "none");
    CHECK(window("0 8 1 * *", "0 18 2 * *") == "none");
    CHECK(window("often", "0 18 * * *") == "none");
}

TEST_CASE("a fallback is what onMissing does", "[import]") {
    const auto policy = imported_policy(scaled("  minReplicaCount: 1\n  fallback: { failureThreshold: 3, replicas: 6 }\n"));
    CHECK(policy.spec.on_missing.replicas == 6);
    CHECK(policy.spec.on_missing.after == 45s);  // the fourth failure in a row, one each 15 s
    CHECK(policy.spec.on_missing.allow_down);
    const auto higher = imported_policy(scaled("  minReplicaCount: 1\n  fallback: { failureThreshold: 3, replicas: 6, behavior: currentReplicasIfHigher }\n"));
    CHECK_FALSE(higher.spec.on_missing.allow_down);
    CHECK_FALSE(imported_policy(scaled("  minReplicaCount: 1\n  fallback: { failureThreshold: 3, replicas: 6, behavior: currentReplicas }\n")).spec.on_missing.replicas);
    const auto clamped = import_policies(scaled("  minReplicaCount: 8\n  fallback: { failureThreshold: 3, replicas: 6 }\n"), "in.yaml");
    CHECK_THAT(clamped.yaml, Contains("onMissing: { replicas: 8, after: 45s, allowDown: true }"));
    CHECK_THAT(said(clamped), Contains("in.yaml:7:36: warning: spec.fallback.replicas: is outside of minReplicaCount and maxReplicaCount"));
    const auto lower = import_policies(scaled("  minReplicaCount: 1\n  fallback: { failureThreshold: 3, replicas: 6, behavior: currentReplicasIfLower }\n"), "in.yaml");
    CHECK_THAT(said(lower), Contains("currentReplicasIfLower has no counterpart"));
    CHECK_THAT(said(import_policies(scaled("  fallback: { replicas: 6 }\n"), "in.yaml")), Contains("spec.fallback.failureThreshold: is missing"));
}

TEST_CASE("the fourth failure in a row brings the fallback's size", "[import]") {
    const auto text = scaled("  minReplicaCount: 1\n  fallback: { failureThreshold: 3, replicas: 6 }\n");
    CHECK(decided(text, {depth("30", 3, 1000), depth("null", 3, 1060), depth("null", 3, 1075), depth("null", 3, 1090), depth("null", 3, 1105)}) == Sizes{3, 3, 3, 3, 6});
}

TEST_CASE("pauses keep their meaning", "[import]") {
    const auto with = [](const std::string& annotation) { return scaled("  minReplicaCount: 1\n", kQueue, "{ autoscaling.keda.sh/" + annotation + " }"); };
    CHECK(imported_policy(with("paused: 'true'")).spec.mode == Mode::off);
    CHECK(imported_policy(with("paused: 'false'")).spec.mode == Mode::live);
    CHECK_THAT(import_policies(with("paused: 'true'"), "in.yaml").yaml, Contains("mode: 'off'"));  // kubectl reads YAML 1.1
    const auto at = import_policies(with("paused-replicas: '4'"), "in.yaml");
    CHECK_THAT(said(at), Contains("without setting it to '4': `setpoint pin jobs`"));
    CHECK(imported_policy(with("paused-replicas: '4'")).spec.mode == Mode::off);
    CHECK(imported_policy(with("paused-scale-in: 'true'")).spec.behavior->scale_down.select == ScalingRules::Select::disabled);
    CHECK(imported_policy(with("paused-scale-out: 'true'")).spec.behavior->scale_up.select == ScalingRules::Select::disabled);
    CHECK(imported_policy(scaled("", kQueue, "{ autoscaling.keda.sh/force-activation: 'true' }")).spec.replicas.min == 1);
}

TEST_CASE("what KEDA knows and setpoint does not is named, each with what to do", "[import]") {
    const auto imported = import_policies(scaled("  idleReplicaCount: 0\n  minReplicaCount: 2\n  unheardOf: 3\n  advanced: { restoreToOriginalReplicaCount: true,\n"
                                                 "    horizontalPodAutoscalerConfig: { name: x, behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } } }\n",
                                                 "{ type: prometheus, authenticationRef: { name: auth }, metadata: { serverAddress: 'https://p', query: x, threshold: '1', unsafeSsl: 'true', "
                                                 "cortexOrgID: a } }, { type: rabbitmq, metadata: { queueName: jobs } }"),
                                          "in.yaml");
    CHECK(imported.policies == 1);
    for (const auto* part : {"spec.idleReplicaCount: has no counterpart: the target keeps replicas.min (2)", "spec.unheardOf: has no counterpart and is left out",
                             "restoreToOriginalReplicaCount: has no counterpart", "authenticationRef: is not imported: put credentials", "unsafeSsl: has no counterpart: certificates are always verified",
                             "cortexOrgID: is not imported", "or vector(0)", "the trigger 'rabbitmq' has no counterpart in this version", "rabbitmq_queue_messages", "mode: shadow"}) {
        CHECK_THAT(said(imported), Contains(part));
    }
    CHECK_THAT(imported.yaml, Contains("mode: shadow") && Contains("stabilizationWindowSeconds: 60"));
    CHECK_THAT(said(import_policies(scaled("  cooldownPeriod: 600\n"), "in.yaml")), Contains("spec.cooldownPeriod: 600 s has no counterpart") && Contains("300 s here"));
}

TEST_CASE("what would decide otherwise is not imported at all", "[import]") {
    const auto formula = import_policies(scaled("  advanced: { scalingModifiers: { formula: a + b, target: '2' } }\n"), "in.yaml");
    CHECK(formula.ok());
    CHECK(formula.policies == 0);
    CHECK_THAT(said(formula), Contains("spec.advanced.scalingModifiers: makes one metric of several triggers"));
    const auto foreign = import_policies(scaled("", "{ type: kafka, metadata: { topic: x } }"), "in.yaml");
    CHECK(foreign.policies == 0);
    CHECK_THAT(said(foreign), Contains("kafka_consumergroup_lag"));
}

TEST_CASE("a ScaledObject that is wrong is refused with the place", "[import]") {
    const auto refusal = [](const std::string& text) {
        const auto imported = import_policies(text, "in.yaml");
        CHECK_FALSE(imported.ok());
        CHECK(imported.yaml.empty());
        return said(imported);
    };
    CHECK_THAT(refusal("apiVersion: keda.sh/v2\nkind: ScaledObject\n"), Contains("in.yaml:1:1: apiVersion: must be keda.sh/v1alpha1, was 'keda.sh/v2'"));
    CHECK_THAT(refusal("apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: { name: a }\nspec: { triggers: [] }\n"), Contains("spec.scaleTargetRef: is missing"));
    CHECK_THAT(refusal(scaled("", "{ metadata: {} }")), Contains("spec.triggers[0].type: is missing"));
    CHECK_THAT(refusal(scaled("", "{ type: prometheus, metadata: { query: x } }")), Contains("serverAddress: is missing") && Contains("threshold: is missing"));
    CHECK_THAT(refusal(scaled("", "{ type: prometheus, metadata: { query: x, serverAddress: 'ftp://x', threshold: '1' } }")), Contains("'jobs' cannot be a policy"));
    CHECK_THAT(refusal(scaled("", "{ type: cpu, metadata: { value: '60' } }")), Contains("spec.triggers[0].metricType: must be Utilization or AverageValue"));
    CHECK_THAT(refusal(scaled("", "{ type: cron, metadata: { start: a, end: b, desiredReplicas: '3' } }")), Contains("timezone: is missing"));
    CHECK_THAT(refusal(scaled("  minReplicaCount: 101\n")), Contains("must not be above maxReplicaCount, was 101 above 100"));
}

}  // namespace
}  // namespace setpoint
