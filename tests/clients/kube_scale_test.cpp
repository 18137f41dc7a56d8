// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_scale.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;
using Catch::Contains;

namespace {

Result<KubeScale> scale(const std::string& spec, const std::string& status) {
    return read_kube_scale(R"({"kind": "Scale", "metadata": {"name": "cart", "resourceVersion": "42"}, "spec": )" + spec + R"(, "status": )" + status + "}");
}

}  // namespace

TEST_CASE("a scale says what was asked for, what is there and whose pods they are", "[kube_scale]") {
    const auto read = scale(R"({"replicas": 3})", R"({"replicas": 2, "selector": "app=cart"})");
    REQUIRE(read);
    CHECK(read->replicas == 3);
    CHECK(read->exist == 2);
    CHECK(read->version == 42);
    CHECK(read->selector.matches({{"app", "cart"}}));
    CHECK(scale("{}", R"({"replicas": 0, "selector": "app=cart"})")->replicas == 0);
}

TEST_CASE("a scale without a selector is of no use, and says so", "[kube_scale]") {
    CHECK_THAT(scale(R"({"replicas": 3})", R"({"replicas": 2})").error().message, Contains("names no selector"));
    CHECK_THAT(scale(R"({"replicas": 3})", R"({"replicas": 2, "selector": "a>3"})").error().message, Contains("'a>3' is no label selector"));
}

TEST_CASE("what is no scale is said to be none", "[kube_scale]") {
    CHECK(read_kube_scale("<html>").error().code == Errc::bad_reply);
    CHECK(read_kube_scale(R"({"kind": "Pod"})").error().message == "the answer is no Scale");
    CHECK_FALSE(scale(R"({"replicas": "many"})", R"({"replicas": 2, "selector": "app=cart"})"));
    CHECK_FALSE(scale(R"({"replicas": 3})", R"({"replicas": -2, "selector": "app=cart"})"));
}
