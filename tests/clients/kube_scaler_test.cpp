// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_scaler.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;

namespace {

Result<KubeScaler> hpa(const std::string& spec, const std::string& metadata = "{}") {
    return read_kube_hpa(R"({"metadata": )" + metadata + R"(, "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "cart"}, )" + spec + "}}");
}

Result<KubeScaler> scaled_object(const std::string& spec) { return read_scaled_object(R"({"spec": {"scaleTargetRef": {"name": "cart"})" + spec + "}}"); }

}  // namespace

TEST_CASE("a HorizontalPodAutoscaler names whom it scales, and its bounds", "[kube_scaler]") {
    const auto read = hpa(R"("minReplicas": 3, "maxReplicas": 9)");
    REQUIRE(read);
    CHECK(read->api_version == "apps/v1");
    CHECK(read->kind == "Deployment");
    CHECK(read->name == "cart");
    CHECK(read->least == 3);
    CHECK(read->most == 9);
    CHECK(read->made_by.empty());
    CHECK(hpa(R"("maxReplicas": 9)")->least == 1);
}

TEST_CASE("an HPA that a ScaledObject made says so", "[kube_scaler]") {
    const auto made = hpa(R"("maxReplicas": 9)", R"({"ownerReferences": [{"kind": "Other", "name": "x"}, {"kind": "ScaledObject", "name": "cart-scaler"}]})");
    CHECK(made->made_by == "cart-scaler");
    CHECK(hpa(R"("maxReplicas": 9)", R"({"ownerReferences": 3})")->made_by.empty());
}

TEST_CASE("what a ScaledObject leaves out is as KEDA takes it", "[kube_scaler]") {
    const auto bare = scaled_object("");
    REQUIRE(bare);
    CHECK(bare->kind == "Deployment");
    CHECK(bare->api_version.empty());
    CHECK(bare->least == 0);
    CHECK(bare->most == 100);
    CHECK_FALSE(bare->idle);
    const auto full = scaled_object(R"(, "minReplicaCount": 2, "maxReplicaCount": 7, "idleReplicaCount": 0)");
    CHECK(full->least == 2);
    CHECK(full->most == 7);
    CHECK(full->idle == 0);
    CHECK(read_scaled_object(R"({"spec": {"scaleTargetRef": {"kind": "StatefulSet", "name": "db", "apiVersion": "apps/v1"}}})")->kind == "StatefulSet");
}

TEST_CASE("what is no autoscaler is said to be none", "[kube_scaler]") {
    CHECK(read_kube_hpa("nonsense").error().code == Errc::bad_reply);
    CHECK(read_kube_hpa(R"({"spec": {}})").error().message == "it has no scaleTargetRef");
    CHECK(hpa(R"("minReplicas": 3)").error().message == "it has no maxReplicas");
    CHECK_FALSE(hpa(R"("maxReplicas": -9)"));
    CHECK_FALSE(read_scaled_object("[]"));
    CHECK(hpa(R"("maxReplicas": 99999999999)")->most == kMaxReplicas);
}
