// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/rbac.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace setpoint {
namespace {

using Catch::Matchers::Contains;
using Json = nlohmann::ordered_json;

std::string policy(const std::string& name, const std::string& target, const std::string& signals, const std::string& name_space = "shop") {
    return "apiVersion: setpoint.dev/v1alpha1\nkind: ScalingPolicy\nmetadata: { name: " + name + ", namespace: " + name_space +
           " }\nspec:\n  target: { kubernetes: { " + target + " } }\n  replicas: { max: 10 }\n  signals: { s: " + signals +
           " }\n  policies: [ { track: { signal: s, averageValue: 10 } } ]\n---\n";
}

Result<std::vector<Json>> roles(const std::string& text, const RbacScope& scope = {}) {
    const auto documents = parse_documents(text, "p.yaml");
    for (const auto& finding : documents.findings) UNSCOPED_INFO(to_string(finding));
    REQUIRE(documents.ok());
    return rbac_for(documents.policies, scope);
}

/// `group/resource [names]: verbs`, a line each.
std::string rules(const Json& role) {
    std::string text;
    for (const auto& rule : role["rules"]) {
        text += rule["apiGroups"][0].get<std::string>() + "/" + rule["resources"][0].get<std::string>();
        if (rule.contains("resourceNames")) text += " " + rule["resourceNames"].dump();
        text += ": " + rule["verbs"].dump() + "\n";
    }
    return text;
}

TEST_CASE("a policy on cpu needs its own target's scale, pods, and what it says of itself", "[rbac]") {
    const auto documents = roles(policy("web", "kind: Deployment, name: web-app", "cpu")).value();
    REQUIRE(documents.size() == 4);
    CHECK(documents[0]["kind"] == "Role");
    CHECK(documents[0]["metadata"]["namespace"] == "shop");
    CHECK(rules(documents[0]) == "/events: [\"create\",\"patch\"]\n"
                                 "/pods: [\"get\",\"list\",\"watch\"]\n"
                                 "apps/deployments: [\"get\",\"list\",\"watch\"]\n"
                                 "apps/deployments/scale [\"web-app\"]: [\"get\",\"patch\"]\n"
                                 "autoscaling/horizontalpodautoscalers: [\"get\",\"list\",\"watch\"]\n"
                                 "keda.sh/scaledobjects: [\"get\",\"list\",\"watch\"]\n"
                                 "metrics.k8s.io/pods: [\"get\",\"list\"]\n"
                                 "policy/poddisruptionbudgets: [\"get\",\"list\",\"watch\"]\n"
                                 "setpoint.dev/scalingpolicies: [\"get\",\"list\",\"watch\"]\n"
                                 "setpoint.dev/scalingpolicies/status [\"web\"]: [\"patch\"]\n");
    CHECK(documents[1]["kind"] == "RoleBinding");
    CHECK(documents[1]["roleRef"]["name"] == documents[0]["metadata"]["name"]);
    CHECK(documents[1]["subjects"][0] == Json{{"kind", "ServiceAccount"}, {"name", "setpoint"}, {"namespace", "setpoint"}});
    CHECK(rules(documents[2]) == "coordination.k8s.io/leases: [\"create\"]\ncoordination.k8s.io/leases [\"setpoint\"]: [\"get\",\"update\"]\n");
    CHECK(documents[2]["metadata"]["namespace"] == "setpoint");
}

TEST_CASE("agents that share the policies have a Lease for each shard, and one to sign", "[rbac]") {
    RbacScope scope;
    scope.lease = "sp";
    scope.shards = 3;
    const auto documents = roles(policy("web", "kind: Deployment, name: web-app", "cpu"), scope).value();
    CHECK(rules(documents[2]) == "coordination.k8s.io/leases: [\"create\"]\n"
                                 "coordination.k8s.io/leases [\"sp-0\",\"sp-1\",\"sp-2\"]: [\"get\",\"update\"]\n"
                                 "coordination.k8s.io/leases [\"sp-agents\"]: [\"patch\"]\n");
}

TEST_CASE("nodes and their metrics are read only where kubelets are asked", "[rbac]") {
    RbacScope scope;
    const auto text = policy("web", "kind: Deployment, name: web-app", "cpu");
    const auto without = roles(text).value();
    for (const auto& role : without) CHECK_THAT(role.dump(), !Contains("nodes"));
    scope.kubelets = true;
    const auto documents = roles(text, scope).value();
    REQUIRE(documents.size() == 6);
    CHECK(documents[2]["kind"] == "ClusterRole");
    CHECK(documents[2]["metadata"] == Json{{"name", "setpoint-kubelets"}});
    CHECK(rules(documents[2]) == "/nodes: [\"get\",\"list\",\"watch\"]\n/nodes/metrics: [\"get\"]\n");
    CHECK(documents[3]["kind"] == "ClusterRoleBinding");
    CHECK(documents[3]["roleRef"]["name"] == "setpoint-kubelets");
    CHECK(documents[3]["subjects"][0]["name"] == "setpoint");
    // Where they cannot be read metrics.k8s.io is.
    CHECK_THAT(rules(documents[0]), Contains("metrics.k8s.io/pods"));
}

TEST_CASE("pods may be marked only where a policy asks for it", "[rbac]") {
    CHECK_THAT(rules(roles(policy("a", "kind: Deployment, name: a, deletionCost: s", "cpu")).value()[0]), Contains("/pods: [\"patch\"]\n"));
    CHECK_THAT(rules(roles(policy("a", "kind: Deployment, name: a", "cpu")).value()[0]), !Contains("/pods: [\"patch\"]"));
}

TEST_CASE("metrics are allowed by name, each in its API", "[rbac]") {
    CHECK_THAT(rules(roles(policy("a", "kind: StatefulSet, name: a", "{ podMetric: { name: hits } }")).value()[0]), Contains("custom.metrics.k8s.io/pods/hits: ") && !Contains("/metrics.k8s.io"));
    CHECK_THAT(rules(roles(policy("a", "kind: Deployment, name: a", "{ externalMetric: { name: depth } }")).value()[0]), Contains("external.metrics.k8s.io/depth: [\"get\",\"list\"]"));
    CHECK_THAT(rules(roles(policy("a", "kind: Deployment, name: a", "{ objectMetric: { name: hits, object: { kind: Ingress, name: shop } } }")).value()[0]),
               Contains("custom.metrics.k8s.io/ingresses.networking.k8s.io/hits [\"shop\"]: "));
    CHECK_THAT(rules(roles(policy("a", "kind: Deployment, name: a", "{ objectMetric: { name: hits, object: { kind: Namespace, name: shop } } }")).value()[0]),
               Contains("custom.metrics.k8s.io/metrics [\"hits\"]: "));
}

TEST_CASE("where one policy may read all objects, another one's names do not narrow it", "[rbac]") {
    const auto all = policy("a", "kind: Deployment, name: a", "{ podMetric: { name: rps } }");
    const auto one = policy("b", "kind: Deployment, name: b", "{ objectMetric: { name: rps, object: { kind: Pod, name: broker-0 } } }");
    const auto text = GENERATE_COPY(all + one, one + all);
    CHECK_THAT(rules(roles(text).value()[0]), Contains("custom.metrics.k8s.io/pods/rps: [\"get\",\"list\"]\n") && !Contains("broker-0"));
    CHECK_THAT(rules(roles(one).value()[0]), Contains("custom.metrics.k8s.io/pods/rps [\"broker-0\"]: "));
}

TEST_CASE("a floor is written in its autoscaler, and what that scales is only read", "[rbac]") {
    const auto hpa = rules(roles(policy("a", "kind: HorizontalPodAutoscaler, name: a, apiVersion: autoscaling/v2", "cpu")).value()[0]);
    CHECK_THAT(hpa, Contains("autoscaling/horizontalpodautoscalers [\"a\"]: [\"get\",\"patch\"]") && !Contains("/scale:") && !Contains("/scale ["));
    CHECK_THAT(hpa, Contains("apps/deployments: [\"get\",\"list\",\"watch\"]") && Contains("apps/statefulsets: "));
    RbacScope scope;
    REQUIRE(read_resource("Rollout=rollouts.argoproj.io", scope.resources));
    const auto keda = rules(roles(policy("a", "kind: ScaledObject, name: a", "cpu"), scope).value()[0]);
    CHECK_THAT(keda, Contains("keda.sh/scaledobjects [\"a\"]: [\"get\",\"patch\"]") && Contains("argoproj.io/rollouts/scale: [\"get\"]"));
}

TEST_CASE("each namespace has its own Role, and names of one stay there", "[rbac]") {
    const auto documents = roles(policy("a", "kind: Deployment, name: a", "cpu") + policy("b", "kind: Deployment, name: b", "memory", "jobs")).value();
    REQUIRE(documents.size() == 6);
    CHECK_THAT(rules(documents[0]), Contains("deployments/scale [\"b\"]"));
    CHECK_THAT(rules(documents[2]), Contains("deployments/scale [\"a\"]"));
}

TEST_CASE("cluster-wide is one ClusterRole without names", "[rbac]") {
    RbacScope scope;
    scope.cluster_wide = true;
    scope.account_namespace = "ops";
    const auto documents = roles(policy("a", "kind: Deployment, name: a", "cpu") + policy("b", "kind: Deployment, name: b", "memory", "jobs"), scope).value();
    REQUIRE(documents.size() == 4);
    CHECK(documents[0]["kind"] == "ClusterRole");
    CHECK_FALSE(documents[0]["metadata"].contains("namespace"));
    CHECK_THAT(rules(documents[0]), Contains("apps/deployments/scale: ") && !Contains("apps/deployments/scale ["));
    CHECK(documents[1]["kind"] == "ClusterRoleBinding");
    CHECK(documents[2]["metadata"]["namespace"] == "ops");
}

TEST_CASE("the plural of another kind must be said", "[rbac]") {
    const auto text = policy("a", "kind: Rollout, name: a, apiVersion: argoproj.io/v1alpha1", "cpu");
    const auto refused = roles(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "Rollout of argoproj.io/v1alpha1: its plural is not known, say --resource Rollout=PLURAL.argoproj.io");
    RbacScope scope;
    REQUIRE(read_resource("Rollout=rollouts.argoproj.io", scope.resources));
    const auto allowed = rules(roles(text, scope).value()[0]);
    CHECK_THAT(allowed, Contains("argoproj.io/rollouts/scale [\"a\"]: [\"get\",\"patch\"]") && !Contains("argoproj.io/rollouts: "));
    for (const auto* bad : {"Rollout", "=a.b", "Rollout=rollouts", "Rollout=.b", "Rollout=a.", "Rollout=A b.c", ""}) CHECK_FALSE(read_resource(bad, scope.resources));
}

}  // namespace
}  // namespace setpoint
