// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_budgets.hpp"

#include <catch2/catch.hpp>

#include "tests/support/fake_kube.hpp"

using namespace setpoint;
using test::FakeKube;

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

TEST_CASE("while the server is silent the budgets known last hold", "[kube_budgets]") {
    const std::string list = R"({"metadata": {"resourceVersion": "9"}, "items": [{"metadata": {"namespace": "shop", "name": "b", "uid": "u", "resourceVersion": "5"},
                                 "spec": {"selector": {"matchLabels": {"app": "cart"}}, "minAvailable": 2}}]})";
    IoThread io;
    FakeKube kube{io, {{200, list}, {0}}};
    KubeBudgets budgets{io, kube.client(), "shop"};
    kube.asked(3);  // the list, a watch that nobody answered, and the next
    io.run([&] {
        CHECK(budgets.undrainable_at({{"app", "cart"}}) == 2);
        CHECK_FALSE(budgets.trouble());
    });
}

TEST_CASE("budgets that may not be read stay unknown while the server is silent", "[kube_budgets]") {
    IoThread io;
    const FakeKube::Answer forbidden{403, R"({"kind": "Status", "message": "cannot list", "code": 403})"};
    FakeKube kube{io, {forbidden, forbidden, {0}}};
    KubeBudgets budgets{io, kube.client(), "shop"};
    const auto check = [&] {
        CHECK_FALSE(budgets.undrainable_at({{"app", "cart"}}));
        REQUIRE(budgets.trouble());
        CHECK(budgets.trouble()->message == "kubernetes says 403: cannot list");
    };
    kube.asked(2);
    io.run(check);
    kube.asked(4);
    io.run(check);
}

TEST_CASE("what is no budget is an error", "[kube_budgets]") {
    for (const char* odd : {"", "7", "{}", R"({"spec": 7})"}) {
        INFO(odd);
        CHECK(read_kube_budget(odd, "v1").error().code == Errc::bad_reply);
    }
}
