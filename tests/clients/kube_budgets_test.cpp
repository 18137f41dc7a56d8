// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_budgets.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;

namespace {

/// Of pods labelled app=cart, with this member of its spec.
Replicas undrainable_at(const std::string& member) {
    const auto budget = read_kube_budget(R"({"spec": {"selector": {"matchLabels": {"app": "cart"}}, )" + member + "}}", "v1");
    REQUIRE(budget);
    CHECK(budget->selector.matches({{"app", "cart"}}));
    return budget->undrainable_at;
}

}  // namespace

TEST_CASE("so many must stay that none may go", "[kube_budgets]") {
    CHECK(undrainable_at(R"("minAvailable": 2)") == 2);
    CHECK(undrainable_at(R"("minAvailable": 0)") == 0);
    CHECK(undrainable_at(R"("minAvailable": "50%")") == 1);   // of one, half is one; of two, one may go
    CHECK(undrainable_at(R"("minAvailable": "80%")") == 4);   // of four 3.2, which is all; of five four
    CHECK(undrainable_at(R"("minAvailable": "81%")") == 5);   // of five 4.05
    CHECK(undrainable_at(R"("minAvailable": "0%")") == 0);
    CHECK(undrainable_at(R"("minAvailable": "100%")") == kMaxReplicas);
}

TEST_CASE("where none may be unavailable none may go, whatever the size", "[kube_budgets]") {
    CHECK(undrainable_at(R"("maxUnavailable": 0)") == kMaxReplicas);
    CHECK(undrainable_at(R"("maxUnavailable": "0%")") == kMaxReplicas);
    CHECK(undrainable_at(R"("maxUnavailable": 1)") == 0);
    CHECK(undrainable_at(R"("maxUnavailable": "1%")") == 0);  // rounded up
    CHECK(undrainable_at(R"("other": 1)") == 0);
    CHECK(undrainable_at(R"("minAvailable": "many")") == 0);
}

TEST_CASE("a selector that asks for nothing is of all pods only since policy/v1", "[kube_budgets]") {
    const std::string empty = R"({"spec": {"selector": {}, "maxUnavailable": 0}})";
    CHECK(read_kube_budget(empty, "v1")->selects_all);
    CHECK_FALSE(read_kube_budget(empty, "v1beta1")->selects_all);
    const auto none = read_kube_budget(R"({"spec": {"maxUnavailable": 0}})", "v1");
    CHECK_FALSE(none->selects_all);
    CHECK_FALSE(none->selector.matches({{"app", "cart"}}));
    const auto by_words = read_kube_budget(
        R"({"spec": {"selector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["cart"]}]}, "maxUnavailable": 0}})", "v1beta1");
    CHECK(by_words->selector.matches({{"app", "cart"}}));
}

TEST_CASE("what is no budget is an error", "[kube_budgets]") {
    for (const char* odd : {"", "7", "{}", R"({"spec": 7})"}) {
        INFO(odd);
        CHECK(read_kube_budget(odd, "v1").error().code == Errc::bad_reply);
    }
}
