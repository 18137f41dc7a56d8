// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_workloads.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;
using Rollout = KubeWorkload::Rollout;

namespace {

/// A Deployment with these members of its spec and its status.
Result<KubeWorkload> deployment(const std::string& spec, const std::string& status = "{}") {
    return read_kube_workload(R"({"kind": "Deployment", "spec": {"selector": {"matchLabels": {"app": "cart"}}, "strategy": {"type": "RollingUpdate"}, )" + spec +
                              R"(}, "status": )" + status + "}");
}

KubeSelector selector(const std::string& json) {
    const auto read = read_kube_workload(R"({"spec": {"selector": )" + json + "}}");
    REQUIRE(read);
    return read->selector;
}

}  // namespace

TEST_CASE("a workload's size is what is asked for, and one where nothing is said", "[kube_workloads]") {
    CHECK(deployment(R"("replicas": 3)", R"({"replicas": 2, "updatedReplicas": 2})")->replicas == 3);
    CHECK(deployment(R"("replicas": 3)", R"({"replicas": 2, "updatedReplicas": 2})")->exist == 2);
    CHECK(deployment(R"("replicas": 0)")->replicas == 0);
    CHECK(deployment(R"("paused": false)")->replicas == 1);
}

TEST_CASE("a Deployment rolls out while pods of an older revision are left", "[kube_workloads]") {
    CHECK(deployment(R"("replicas": 4)", R"({"replicas": 4, "updatedReplicas": 4})")->rollout == Rollout::none);
    CHECK(deployment(R"("replicas": 4)", R"({"replicas": 5, "updatedReplicas": 2})")->rollout == Rollout::going);
    // A scale-up that is not carried out yet is none.
    CHECK(deployment(R"("replicas": 9)", R"({"replicas": 4, "updatedReplicas": 4})")->rollout == Rollout::none);
    CHECK(deployment(R"("replicas": 4, "paused": true)", R"({"replicas": 5, "updatedReplicas": 2})")->rollout == Rollout::none);
    CHECK(deployment(R"("replicas": 4)", R"({"replicas": 5, "updatedReplicas": 2, "conditions": [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]})")->rollout == Rollout::stuck);
}

TEST_CASE("a StatefulSet rolls out while its revisions differ", "[kube_workloads]") {
    const auto set = [](const std::string& strategy, const std::string& status) {
        return read_kube_workload(R"({"spec": {"replicas": 3, "selector": {"matchLabels": {"app": "db"}}, "updateStrategy": )" + strategy +
                                  R"(}, "status": {"replicas": 3, )" + status + "}}")->rollout;
    };
    const std::string rolling = R"({"type": "RollingUpdate"})";
    CHECK(set(rolling, R"("currentRevision": "a", "updateRevision": "a")") == Rollout::none);
    CHECK(set(rolling, R"("currentRevision": "a", "updateRevision": "b", "updatedReplicas": 1)") == Rollout::going);
    CHECK(set(R"({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}})", R"("currentRevision": "a", "updateRevision": "b", "updatedReplicas": 1)") == Rollout::none);
    CHECK(set(R"({"type": "OnDelete"})", R"("currentRevision": "a", "updateRevision": "b", "updatedReplicas": 0)") == Rollout::none);
}

TEST_CASE("a selector takes labels and expressions together", "[kube_workloads]") {
    const auto wanted = selector(R"({"matchLabels": {"app": "cart"}, "matchExpressions": [
        {"key": "tier", "operator": "In", "values": ["web", "api"]}, {"key": "canary", "operator": "DoesNotExist"},
        {"key": "zone", "operator": "NotIn", "values": ["z9"]}, {"key": "team", "operator": "Exists"}]})");
    CHECK(wanted.matches({{"app", "cart"}, {"tier", "api"}, {"team", "shop"}}));
    CHECK_FALSE(wanted.matches({{"app", "cart"}, {"tier", "db"}, {"team", "shop"}}));
    CHECK_FALSE(wanted.matches({{"app", "cart"}, {"tier", "api"}, {"team", "shop"}, {"canary", ""}}));
    CHECK_FALSE(wanted.matches({{"app", "cart"}, {"tier", "api"}, {"team", "shop"}, {"zone", "z9"}}));
    CHECK_FALSE(wanted.matches({{"app", "cart"}, {"tier", "api"}}));
    CHECK_FALSE(wanted.matches({{"tier", "api"}, {"team", "shop"}}));
}

TEST_CASE("a ReplicationController's selector is its labels, and an empty one takes nobody's pods", "[kube_workloads]") {
    CHECK(selector(R"({"app": "old"})").matches({{"app", "old"}, {"more", "x"}}));
    CHECK_FALSE(selector(R"({})").matches({{"app", "old"}}));
}

TEST_CASE("what is no workload is said to be none", "[kube_workloads]") {
    CHECK(read_kube_workload("nonsense").error().code == Errc::bad_reply);
    CHECK(read_kube_workload("[]").error().code == Errc::bad_reply);
    CHECK(read_kube_workload(R"({"spec": {"replicas": 3}})").error().message == "it has no selector");
    CHECK(read_kube_workload(R"({"spec": {"selector": {"matchExpressions": [{"key": "a", "operator": "Like"}]}}})").error().message ==
          "its selector has the operator 'Like'");
    CHECK(deployment(R"("replicas": -4)")->replicas == 1);
    CHECK(deployment(R"("replicas": 99999999999)")->replicas == kMaxReplicas);
}

TEST_CASE("a StatefulSet starts its pods one by one, unless it says otherwise", "[kube_workloads]") {
    const auto one_by_one = [](const std::string& policy) {
        return read_kube_workload(R"({"spec": {"selector": {"matchLabels": {"app": "db"}}, )" + policy + R"("replicas": 3}})")->one_by_one;
    };
    CHECK(one_by_one(R"("podManagementPolicy": "OrderedReady", )"));
    CHECK_FALSE(one_by_one(R"("podManagementPolicy": "Parallel", )"));
    CHECK_FALSE(one_by_one(""));  // a Deployment
}
