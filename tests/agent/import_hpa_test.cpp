// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/imports.hpp"

namespace setpoint {
namespace {

using Catch::Matchers::Contains;
using Sizes = std::vector<int>;

std::string hpa(const std::string& spec, const std::string& version = "v2", const std::string& metadata = "name: web, namespace: shop") {
    return "apiVersion: autoscaling/" + version + "\nkind: HorizontalPodAutoscaler\nmetadata: { " + metadata +
           " }\nspec:\n  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }\n  maxReplicas: 20\n" + spec;
}

std::string metric(const std::string& text) { return hpa("  metrics:\n    - " + text + "\n"); }

/// A line with pods that run and request a core and a gibibyte each, and use `usage` of `signal`.
std::string pods(const std::string& signal, const std::vector<std::string>& usage, int time = 1000) {
    std::string list;
    for (std::size_t i = 0; i < usage.size(); ++i) {
        list += std::string{list.empty() ? "" : ", "} + R"({"name": "p)" + std::to_string(i) + R"(", "requests": {"cpu": "1", "memory": "1Gi"}, "signals": {")" +
                signal + R"(": ")" + usage[i] + R"("}})";
    }
    return R"({"time": )" + std::to_string(time) + R"(, "target": {"replicas": )" + std::to_string(usage.size()) + R"(}, "pods": [)" + list + "]}";
}

std::string whole(const std::string& signal, const std::string& value, int replicas, int time = 1000) {
    return R"({"time": )" + std::to_string(time) + R"(, "target": {"replicas": )" + std::to_string(replicas) + R"(}, "signals": {")" + signal + R"(": )" + value + "}}";
}

TEST_CASE("an HPA's policy is written as a person would", "[import]") {
    const auto imported = import_policies(metric("{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }"), "hpa.yaml");
    CHECK(said(imported).empty());
    CHECK(imported.yaml == "apiVersion: setpoint.dev/v1alpha1\n"
                           "kind: ScalingPolicy\n"
                           "metadata: { name: web, namespace: shop }\n"
                           "spec:\n"
                           "  target: { kubernetes: { kind: Deployment, name: web } }\n"
                           "  replicas: { min: 1, max: 20 }\n"
                           "  interval: 15s\n"
                           "  signals: { cpu: { cpu: {}, maxAge: 5m } }\n"
                           "  policies: [{ track: { signal: cpu, utilization: 70% } }]\n"
                           "  compat: hpa\n");
}

TEST_CASE("utilization of a resource: 90 % of 50 % on 3 pods is 6", "[import]") {
    const auto text = metric("{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 50 } } }");
    CHECK(decided(text, {pods("cpu", {"900m", "900m", "900m"})}) == Sizes{6});  // ceil(3 * 90 / 50 = 5.4)
}

TEST_CASE("an amount of a resource: 1.5 GiB for 1 GiB on 2 pods is 3", "[import]") {
    const auto text = metric("{ type: Resource, resource: { name: memory, target: { type: AverageValue, averageValue: 1Gi } } }");
    CHECK(decided(text, {pods("memory", {"1536Mi", "1536Mi"})}) == Sizes{3});
}

TEST_CASE("a container's resource: 100 % of 80 % on 4 pods is 5", "[import]") {
    const auto text = metric("{ type: ContainerResource, containerResource: { name: cpu, container: app, target: { type: Utilization, averageUtilization: 80 } } }");
    const auto policy = imported_policy(text);
    CHECK(std::get<CpuSource>(*policy.sources.at(0)).container == "app");
    CHECK(decided(text, {pods("app-cpu", {"1", "1", "1", "1"})}) == Sizes{5});
}

TEST_CASE("a metric of pods: 150 for 100 on 3 pods is 5", "[import]") {
    const auto text = metric("{ type: Pods, pods: { metric: { name: hits }, target: { type: AverageValue, averageValue: '100' } } }");
    CHECK(decided(text, {pods("hits", {"150", "150", "150"})}) == Sizes{5});  // ceil(4.5)
}

TEST_CASE("a metric of an object: as a whole and for each replica", "[import]") {
    const std::string described = "describedObject: { apiVersion: networking.k8s.io/v1, kind: Ingress, name: shop }";
    const auto value = metric("{ type: Object, object: { metric: { name: hits }, " + described + ", target: { type: Value, value: 2k } } }");
    CHECK(std::get<ObjectMetricSource>(*imported_policy(value).sources.at(0)).object.api_version.empty());
    CHECK(decided(value, {whole("hits", "3000", 4)}) == Sizes{6});
    const auto average = metric("{ type: Object, object: { metric: { name: hits }, " + described + ", target: { type: AverageValue, averageValue: 10 } } }");
    CHECK(decided(average, {whole("hits", "55", 4)}) == Sizes{6});  // ceil(5.5)
}

TEST_CASE("an external metric: as a whole and for each replica, of the series that its selector names", "[import]") {
    const std::string selected = "metric: { name: queue.depth, selector: { matchLabels: { queue: jobs }, matchExpressions: [{ key: tier, operator: In, values: [a, b] }, "
                                 "{ key: old, operator: DoesNotExist }] } }";
    const auto value = metric("{ type: External, external: { " + selected + ", target: { type: Value, value: 30 } } }");
    CHECK(std::get<ExternalMetricSource>(*imported_policy(value).sources.at(0)).selector == "queue=jobs,tier in (a, b),!old");
    CHECK(decided(value, {whole("queue.depth", "60", 4)}) == Sizes{8});
    const auto average = metric("{ type: External, external: { metric: { name: depth }, target: { type: AverageValue, averageValue: 30 } } }");
    CHECK(decided(average, {whole("depth", "140", 4)}) == Sizes{5});  // ceil(4.67)
}

TEST_CASE("the highest of several metrics counts, and one signal serves two goals", "[import]") {
    const auto text = hpa("  metrics:\n"
                          "    - { type: External, external: { metric: { name: depth }, target: { type: AverageValue, averageValue: 30 } } }\n"
                          "    - { type: External, external: { metric: { name: depth }, target: { type: Value, value: 100 } } }\n"
                          "    - { type: External, external: { metric: { name: depth, selector: { matchLabels: { q: b } } }, target: { type: Value, value: 1 } } }\n");
    const auto policy = imported_policy(text);
    REQUIRE(policy.spec.signals.size() == 2);
    CHECK(policy.spec.signals[1].name == "depth-2");
    CHECK(policy.spec.policies.size() == 3);
    CHECK(decided(text, {R"({"time": 1000, "target": {"replicas": 4}, "signals": {"depth": 200, "depth-2": 1}})"}) == Sizes{8});
}

TEST_CASE("what an HPA does not say is what the API server fills in", "[import]") {
    const auto policy = imported_policy(hpa("", GENERATE("v1", "v2beta1", "v2beta2", "v2")));
    CHECK(policy.spec.replicas == Bounds{1, 20});
    CHECK(policy.spec.compat == Compat::hpa);
    CHECK_FALSE(policy.spec.behavior);
    CHECK(std::get<TrackSettings>(policy.spec.policies.at(0).settings).utilization == 0.8);
    CHECK(policy.spec.name_space == "shop");
    CHECK(imported_policy(hpa("  minReplicas: 0\n")).spec.replicas.min == 0);
}

TEST_CASE("version 1 has its metrics and its behavior in annotations", "[import]") {
    const auto text = hpa("  targetCPUUtilizationPercentage: 50\n", "v1",
                          R"(name: web, annotations: { autoscaling.alpha.kubernetes.io/metrics: '[{"type":"Pods","pods":{"metricName":"hits","targetAverageValue":"100"}},)"
                          R"({"type":"Resource","resource":{"name":"memory","targetAverageValue":"1Gi"}},{"type":"External","external":{"metricName":"depth",)"
                          R"("metricSelector":{"matchLabels":{"q":"a"}},"targetValue":"30"}},{"type":"Object","object":{"target":{"kind":"Service","name":"s"},)"
                          R"("metricName":"rps","targetValue":"9"}}]', autoscaling.alpha.kubernetes.io/behavior: '{"scaleDown":{"selectPolicy":"Disabled"}}' })");
    const auto policy = imported_policy(text);
    REQUIRE(policy.spec.policies.size() == 5);
    CHECK(std::get<TrackSettings>(policy.spec.policies[0].settings).average_value == 100);
    CHECK(std::get<TrackSettings>(policy.spec.policies[1].settings).average_value == 1024.0 * 1024 * 1024);
    CHECK(std::get<TrackSettings>(policy.spec.policies[2].settings).value == 30);
    CHECK(std::get<TrackSettings>(policy.spec.policies[3].settings).value == 9);
    CHECK(std::get<TrackSettings>(policy.spec.policies[4].settings).utilization == 0.5);
    REQUIRE(policy.spec.behavior);
    CHECK(policy.spec.behavior->scale_down.select == ScalingRules::Select::disabled);
    CHECK_THAT(said(import_policies(hpa("", "v1", "name: web, annotations: { autoscaling.alpha.kubernetes.io/metrics: '[{' }"), "in.yaml")), Contains("is broken"));
}

/// A v1 object whose `behavior` is as the API server writes it: of Go fields without names of their own.
std::string written_by_the_server(const std::string& behavior) {
    return hpa("", "v1", "name: web, annotations: { autoscaling.alpha.kubernetes.io/behavior: '" + behavior + "' }");
}

TEST_CASE("keys of an annotation are found without regard to case, as Go finds them", "[import]") {
    const auto policy = imported_policy(written_by_the_server(R"({"ScaleUp":null,"ScaleDown":{"StabilizationWindowSeconds":600,"SelectPolicy":"Disabled",)"
                                                              R"("Policies":[{"Type":"Percent","Value":10,"PeriodSeconds":60}],"Tolerance":"50m"}})"));
    REQUIRE(policy.spec.behavior);
    const auto& down = policy.spec.behavior->scale_down;
    CHECK(down.stabilization_window_seconds == 600);
    CHECK(down.select == ScalingRules::Select::disabled);
    CHECK(down.policies == std::vector<ScalingRule>{{ScalingRule::Type::percent, 10, 60}});
    CHECK(down.tolerance == 0.05);
    CHECK(policy.spec.behavior->scale_up == ScalingRules{});
    CHECK(policy.spec.mode == Mode::live);
    const auto metrics = imported_policy(hpa("", "v1", R"(name: web, annotations: { autoscaling.alpha.kubernetes.io/metrics: '[{"Type":"Pods","Pods":{"MetricName":"hits","TARGETAVERAGEVALUE":"100"}}]' })"));
    REQUIRE(metrics.spec.policies.size() == 1);
    CHECK(std::get<TrackSettings>(metrics.spec.policies[0].settings).average_value == 100);
    // Of a file itself every letter counts.
    CHECK_THAT(said(import_policies(hpa("  Behavior: {}\n"), "in.yaml")), Contains("warning: spec.Behavior: has no counterpart"));
}

TEST_CASE("what a behavior has beyond ours is named where the annotation stands, and the policy only watches", "[import]") {
    const auto imported = import_policies(written_by_the_server(R"({"ScaleDown":{"SelectPolicy":"Min",)"
                                                                "\n\n    "
                                                                R"("Cooldown":3}})"),
                                          "in.yaml");
    CHECK(imported.ok());
    CHECK_THAT(said(imported), Contains("in.yaml:3:39: warning: metadata.annotations.autoscaling.alpha.kubernetes.io/behavior.scaleDown.Cooldown: has no counterpart and is left out"));
    CHECK_THAT(imported.yaml, Contains("mode: shadow"));
    CHECK_THAT(import_policies(hpa("  behavior: { scaleUp: { cooldown: 3 } }\n"), "in.yaml").yaml, Contains("mode: shadow"));
}

TEST_CASE("behavior is taken over field by field", "[import]") {
    const auto policy = imported_policy(hpa("  behavior:\n    scaleUp: { stabilizationWindowSeconds: 30, selectPolicy: Min, tolerance: 50m,\n"
                                            "      policies: [{ type: Pods, value: 2, periodSeconds: 60 }, { type: Percent, value: 10, periodSeconds: 30 }] }\n"
                                            "    scaleDown: { tolerance: '0.2' }\n"));
    REQUIRE(policy.spec.behavior);
    const auto& up = policy.spec.behavior->scale_up;
    CHECK(up.stabilization_window_seconds == 30);
    CHECK(up.select == ScalingRules::Select::min);
    CHECK(up.tolerance == 0.05);
    CHECK(up.policies == std::vector<ScalingRule>{{ScalingRule::Type::pods, 2, 60}, {ScalingRule::Type::percent, 10, 30}});
    CHECK(policy.spec.behavior->scale_down.tolerance == 0.2);
    CHECK(imported_policy(hpa("  behavior: {}\n")).spec.behavior == Behavior{});
}

TEST_CASE("behavior limits the imported policy as it limits the HPA", "[import]") {
    const auto text = hpa("  metrics: [{ type: External, external: { metric: { name: depth }, target: { type: AverageValue, averageValue: 10 } } }]\n"
                          "  behavior:\n    scaleUp: { policies: [{ type: Pods, value: 2, periodSeconds: 60 }] }\n    scaleDown: { selectPolicy: Disabled }\n");
    // Two pods a minute, and never fewer.
    CHECK(decided(text, {whole("depth", "100", 3, 1000), whole("depth", "100", 5, 1015), whole("depth", "100", 5, 1075), whole("depth", "10", 7, 1500)}) == Sizes{5, 5, 7, 7});
}

TEST_CASE("without behavior the older limits of HPA hold", "[import]") {
    const auto text = hpa("  metrics: [{ type: External, external: { metric: { name: depth }, target: { type: AverageValue, averageValue: 10 } } }]\n");
    CHECK(decided(text, {whole("depth", "190", 3)}) == Sizes{6});  // at most twice the size
    CHECK(decided(text, {whole("depth", "190", 1)}) == Sizes{4});  // or 4
}

TEST_CASE("other kinds are targets with their apiVersion", "[import]") {
    const auto policy = imported_policy("apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: web }\nspec: { maxReplicas: 3, "
                                        "scaleTargetRef: { apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: web } }\n");
    CHECK(std::get<KubernetesTarget>(policy.target).api_version == "argoproj.io/v1alpha1");
}

TEST_CASE("lists and several documents give a policy for each, and what is no autoscaler is named", "[import]") {
    const std::string item = "{ apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: { name: a }, spec: { maxReplicas: 3, scaleTargetRef: { kind: Deployment, name: a } } }";
    const auto imported = import_policies("apiVersion: v1\nkind: List\nitems:\n- " + item + "\n---\n" + hpa("") +
                                              "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscalerList\nitems:\n- { metadata: { name: c }, spec: { maxReplicas: 3, "
                                              "scaleTargetRef: { kind: Deployment, name: c } } }\n---\napiVersion: v1\nkind: Service\nmetadata: { name: x }\n",
                                          "in.yaml");
    CHECK(imported.ok());
    CHECK(imported.policies == 3);
    CHECK(parse_documents(imported.yaml, "out.yaml").policies.size() == 3);
    CHECK_THAT(said(imported), Contains("warning: a 'Service' is not imported"));
}

TEST_CASE("a resource that setpoint does not know is named, and the policy only watches", "[import]") {
    const auto imported = import_policies(hpa("  metrics:\n    - { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 50 } } }\n"
                                              "    - { type: Resource, resource: { name: ephemeral-storage, target: { type: AverageValue, averageValue: 1Gi } } }\n"),
                                          "in.yaml");
    CHECK(imported.policies == 1);
    CHECK_THAT(said(imported), Contains("in.yaml:9:") && Contains("the resource 'ephemeral-storage' has no counterpart") && Contains("it is in mode: shadow"));
    CHECK_THAT(imported.yaml, Contains("mode: shadow"));
    const auto nothing = import_policies(metric("{ type: Resource, resource: { name: gpu, target: { type: AverageValue, averageValue: 1 } } }"), "in.yaml");
    CHECK(nothing.ok());
    CHECK(nothing.policies == 0);
    CHECK_THAT(said(nothing), Contains("nothing that it decides by has a counterpart"));
}

TEST_CASE("a name that a policy cannot have is changed, and that is said", "[import]") {
    const auto imported = import_policies(hpa("", "v2", "name: web.v2"), "in.yaml");
    CHECK_THAT(imported.yaml, Contains("metadata: { name: web-v2 }"));
    CHECK_THAT(said(imported), Contains("in.yaml:3:13: warning: metadata.name: 'web.v2' is no name for a policy"));
}

std::string refusal(const std::string& text) {
    const auto imported = import_policies(text, "in.yaml");
    CHECK_FALSE(imported.ok());
    CHECK(imported.yaml.empty());
    return said(imported);
}

TEST_CASE("what is wrong is said with its place", "[import]") {
    CHECK_THAT(refusal(hpa("", "v3")), Contains("in.yaml:1:1: apiVersion: must be one of autoscaling/v1, autoscaling/v2beta1, autoscaling/v2beta2, autoscaling/v2, was 'autoscaling/v3'"));
    CHECK_THAT(refusal("apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: web }\nspec: { maxReplicas: 3 }\n"),
               Contains("in.yaml:4:1: spec.scaleTargetRef: is missing"));
    CHECK_THAT(refusal(hpa("  minReplicas: many\n")), Contains("in.yaml:7:3: spec.minReplicas: must be a number, was 'many'"));
    CHECK_THAT(refusal(hpa("  minReplicas: 21\n")), Contains("must not be above maxReplicas, was 21 above 20"));
    CHECK_THAT(refusal("apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: web }\nspec: { scaleTargetRef: { kind: Deployment, name: a } }\n"),
               Contains("spec.maxReplicas: is missing"));
    CHECK_THAT(refusal(metric("{ type: Resorce }")), Contains("spec.metrics[0].type: must be Resource, ContainerResource, Pods, Object or External, was 'Resorce'"));
    CHECK_THAT(refusal(metric("{ type: Resource, resource: { name: cpu } }")), Contains("spec.metrics[0].resource.target: has no goal"));
    CHECK_THAT(refusal(metric("{ type: Resource }")), Contains("spec.metrics[0].resource: is missing"));
    CHECK_THAT(refusal(metric("{ type: External, external: { metric: { name: d }, target: { type: Value, value: -3 } } }")), Contains("must be a quantity above 0, was '-3'"));
    CHECK_THAT(refusal(metric("{ type: External, external: { metric: { name: ../x }, target: { type: Value, value: 3 } } }")), Contains("must be the name of a metric"));
    CHECK_THAT(refusal(metric("{ type: External, external: { metric: { name: d, selector: { matchLabels: { a: 'b,c=d' } } }, target: { type: Value, value: 3 } } }")), Contains("must be a label"));
    CHECK_THAT(refusal(hpa("  behavior: { scaleUp: { policies: [{ type: Pods, value: 0, periodSeconds: 1801 }], selectPolicy: Most } }\n")),
               Contains("value: must be 1 to") && Contains("periodSeconds: must be 1 to 1800, was '1801'") && Contains("selectPolicy: must be one of Max, Min, Disabled, was 'Most'"));
    CHECK_THAT(refusal(hpa("  metrics: { a: b }\n")), Contains("spec.metrics: must be a list"));
    CHECK_THAT(refusal(hpa("", "v2", "namespace: shop")), Contains("metadata.name: is missing"));
    CHECK_THAT(refusal("a: [b"), Contains("not YAML"));
    CHECK_THAT(refusal("- 1"), Contains("must be a HorizontalPodAutoscaler or a ScaledObject"));
    CHECK_THAT(refusal("a: b"), Contains("kind: is missing"));
    CHECK_THAT(refusal(""), Contains("is empty"));
    CHECK_THAT(refusal(std::string((64U << 20U) + 1, ' ')), Contains("larger than 64 MiB"));
    std::string bomb = "a: &a [1, 2, 3, 4, 5, 6, 7, 8]\n";
    for (char c = 'b'; c < 'l'; ++c) bomb += std::string{c} + ": &" + c + " [*" + char(c - 1) + ", *" + char(c - 1) + ", *" + char(c - 1) + ", *" + char(c - 1) + "]\n";
    CHECK_THAT(refusal(bomb), Contains("values, aliases counted"));
}

/// The lines of what was said.
std::ptrdiff_t lines_of(const std::string& text) { return std::ranges::count(text, '\n'); }

TEST_CASE("one mistake in a goal is said once", "[import]") {
    const std::string cpu = "{ type: Resource, resource: { name: cpu, target: ";
    const auto zero = refusal(metric(cpu + "{ type: Utilization, averageUtilization: 0 } } }"));
    CHECK_THAT(zero, Contains("spec.metrics[0].resource.target.averageUtilization: must be 1 to 2147483647, was '0'"));
    CHECK(lines_of(zero) == 1);
    const auto nothing = refusal(metric("{ type: External, external: { metric: { name: d }, target: { type: Value, value: 0 } } }"));
    CHECK_THAT(nothing, Contains("must be a quantity above 0, was '0'"));
    CHECK(lines_of(nothing) == 1);
    const auto untyped = refusal(metric(cpu + "{ averageUtilization: x } } }"));
    CHECK(lines_of(untyped) == 1);
    const auto other = refusal(metric(cpu + "{ type: Utilization, averageValue: 3 } } }"));
    CHECK_THAT(other, Contains("has no goal: averageUtilization"));
    CHECK(lines_of(other) == 1);
    const auto flat = refusal(hpa("  metrics: [{ type: Pods, pods: { metricName: hits } }]\n", "v2beta1"));
    CHECK_THAT(flat, Contains("spec.metrics[0].pods: has no goal: targetAverageValue"));
    CHECK(lines_of(flat) == 1);
}

TEST_CASE("any utilization above 0 is a goal, as for HPA", "[import]") {
    const auto text = metric("{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 5000 } } }");
    CHECK(std::get<TrackSettings>(imported_policy(text).spec.policies.at(0).settings).utilization == 50);
    CHECK(decided(text, {pods("cpu", {"100", "100"})}) == Sizes{4});  // 100 cores of 1 requested are 10000 %, twice the goal
    CHECK(std::get<TrackSettings>(imported_policy(hpa("  targetCPUUtilizationPercentage: 2147483647\n", "v1")).spec.policies.at(0).settings).utilization == 21474836.47);
}

TEST_CASE("a behavior without a single policy is refused, as the API server does", "[import]") {
    CHECK_THAT(refusal(hpa("  behavior: { scaleUp: { policies: [] } }\n")), Contains("spec.behavior.scaleUp.policies: must have at least one; leave it out for the defaults"));
}

TEST_CASE("an object that is wrong does not hide the others, and two of one name or target are one too many", "[import]") {
    const auto mixed = import_policies(hpa("", "v3") + "---\n" + hpa(""), "in.yaml");
    CHECK_FALSE(mixed.ok());
    CHECK(mixed.policies == 1);
    const auto twice = import_policies(hpa("") + "---\n" + hpa("", "v2", "name: other, namespace: shop"), "in.yaml");
    CHECK(twice.policies == 1);
    CHECK_THAT(said(twice), Contains("in.yaml:8:1: has the same target as the object that begins in line 1"));
}

}  // namespace
}  // namespace setpoint
