// SPDX-License-Identifier: Apache-2.0
#include "agent/live/cluster_policies.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;
using Catch::Contains;
using Trouble = ClusterPolicies::Verdict::Trouble;

namespace {

std::string spec(const std::string& target, int max, const std::string& signals = R"({"cpu": "cpu"})") {
    return R"({"target": {"kubernetes": {"kind": "Deployment", "name": ")" + target + R"("}}, "replicas": {"min": 1, "max": )" + std::to_string(max) +
           R"(}, "signals": )" + signals + R"(, "policies": [{"track": {"signal": "cpu", "utilization": "70%"}}]})";
}

PolicyObject object(const std::string& name, const std::string& spec, int generation = 1, const std::string& ns = "shop") {
    auto read = read_policy_object(R"({"apiVersion": "setpoint.dev/v1alpha1", "kind": "ScalingPolicy", "metadata": {"name": ")" + name +
                                   R"(", "namespace": ")" + ns + R"(", "uid": "uid-)" + ns + name + R"(", "generation": )" + std::to_string(generation) +
                                   R"(, "creationTimestamp": "2026-01-01T00:00:00Z", "managedFields": [{"manager": "kubectl"}]}, "spec": )" + spec + "}");
    REQUIRE(read);
    return *read;
}

std::string in_force(const ClusterPolicies& policies) {
    std::string text;
    for (const auto& policy : policies.all()) {
        text += (text.empty() ? "" : ", ") + policy.spec.name_space + "/" + policy.spec.name + " " + std::to_string(policy.spec.replicas.max);
    }
    return text;
}

const ClusterPolicies::Verdict& verdict(const ClusterPolicies& policies, const std::string& name) {
    for (const auto& one : policies.verdicts()) {
        if (one.object.name == name) return one;
    }
    FAIL("no " << name);
    throw 0;
}

}  // namespace

TEST_CASE("policies come, change and go with their objects", "[cluster_policies]") {
    ClusterPolicies policies{{}};
    CHECK(policies.look({object("cart", spec("cart", 10))}));
    CHECK(in_force(policies) == "shop/cart 10");
    CHECK_FALSE(policies.look({object("cart", spec("cart", 10))}));
    CHECK(policies.look({object("cart", spec("cart", 20), 2)}));
    CHECK(in_force(policies) == "shop/cart 20");
    CHECK(policies.look({}));
    CHECK(policies.all().empty());
}

TEST_CASE("each policy is in the shard of what it scales", "[cluster_policies]") {
    ClusterPolicies policies{{false, {}, {}, 7}};
    policies.look({object("a", spec("cart", 10)), object("b", spec("order", 10))});
    REQUIRE(policies.all().size() == 2);
    CHECK(policies.all()[0].shard == 0);
    CHECK(policies.all()[1].shard == 1);
    CHECK(policies.look({object("a", spec("order", 10), 2)}));
    CHECK(policies.all()[0].shard == 1);
}

TEST_CASE("a wrong object is left out, and says by itself what is wrong", "[cluster_policies]") {
    ClusterPolicies policies{{}};
    policies.look({object("cart", spec("cart", 10)), object("odd", R"({"replicas": {"min": 1, "max": 4}, "replcas": 3})")});
    CHECK(in_force(policies) == "shop/cart 10");
    CHECK_THAT(verdict(policies, "odd").wrong, Contains("spec.replcas") && Contains("replicas"));
    CHECK_FALSE(verdict(policies, "odd").in_force());
}

TEST_CASE("what was right stays in force when its object becomes wrong", "[cluster_policies]") {
    ClusterPolicies policies{{}};
    policies.look({object("cart", spec("cart", 10))});
    CHECK_FALSE(policies.look({object("cart", spec("cart", -1), 2)}));
    CHECK(in_force(policies) == "shop/cart 10");
    CHECK_THAT(verdict(policies, "cart").wrong, Contains("spec.replicas.max"));
    policies.look({object("cart", spec("cart", 12), 3)});
    CHECK(verdict(policies, "cart").wrong.empty());
    CHECK(in_force(policies) == "shop/cart 12");
}

TEST_CASE("an object made anew under its name is another one", "[cluster_policies]") {
    ClusterPolicies policies{{}};
    policies.look({object("cart", spec("cart", 10))});
    auto other = object("cart", R"({"nothing": 1})");
    other.uid = 99;
    CHECK(policies.look({other}));
    CHECK(policies.all().empty());
}

TEST_CASE("of two policies for one target the one in force counts, then the other", "[cluster_policies]") {
    ClusterPolicies policies{{}};
    policies.look({object("zeta", spec("cart", 10))});
    policies.look({object("alpha", spec("cart", 20)), object("zeta", spec("cart", 10))});
    CHECK(in_force(policies) == "shop/zeta 10");
    CHECK(verdict(policies, "alpha").trouble == Trouble::taken);
    CHECK_THAT(verdict(policies, "alpha").wrong, Contains("shop/zeta"));
    CHECK(policies.look({object("alpha", spec("cart", 20))}));
    CHECK(in_force(policies) == "shop/alpha 20");
    CHECK(verdict(policies, "alpha").wrong.empty());
}

TEST_CASE("the same target in another namespace is another one", "[cluster_policies]") {
    ClusterPolicies policies{{}};
    policies.look({object("cart", spec("cart", 10)), object("cart", spec("cart", 20), 1, "test")});
    CHECK(policies.all().size() == 2);
}

TEST_CASE("a policy of the cluster scales in the cluster and says no address", "[cluster_policies]") {
    ClusterPolicies policies{{}};
    const auto wrong = [&](const std::string& spec) {
        policies.look({object("odd", spec)});
        CHECK(policies.all().empty());
        return verdict(policies, "odd").wrong;
    };
    CHECK_THAT(wrong(R"({"target": {"docker": {"label": "app=cart"}}, "replicas": {"min": 1, "max": 4}, "signals": {"cpu": "cpu"},
                         "policies": [{"track": {"signal": "cpu", "utilization": "70%"}}]})"), Contains("spec.target") && Contains("kubernetes"));
    const auto asking = [](const std::string& more) {
        return R"({"target": {"kubernetes": {"kind": "Deployment", "name": "cart"}}, "replicas": {"min": 1, "max": 4}, "signals": {"rps": {"prometheus": {"query": "up")" +
               more + R"(}}}, "policies": [{"track": {"signal": "rps", "averageValue": 1}}]})";
    };
    CHECK_THAT(wrong(asking(R"(, "url": "http://elsewhere:9090")")), Contains("spec.signals.rps.prometheus.url"));
    CHECK_THAT(wrong(asking("")), Contains("name no Source"));
}

TEST_CASE("objects that are none, or too large, are said to be so", "[cluster_policies]") {
    CHECK_FALSE(read_policy_object("nonsense"));
    CHECK_FALSE(read_policy_object(R"({"metadata": {"namespace": "shop"}})"));
    CHECK_THAT(read_policy_object(std::string(3'000'000, ' ')).error().message, Contains("2 MiB"));
}

TEST_CASE("a policy is not too large for what others keep in it, only for its own spec", "[cluster_policies]") {
    const auto with = [](const std::string& metadata, const std::string& text) {
        auto read = read_policy_object(R"({"apiVersion": "setpoint.dev/v1alpha1", "kind": "ScalingPolicy", "metadata": {"name": "cart", "namespace": "shop",
            "uid": "u", "generation": 1)" + metadata + R"(}, "spec": )" + text + "}");
        REQUIRE(read);
        return *read;
    };
    ClusterPolicies policies{{}};
    policies.look({with(R"(, "annotations": {"note": ")" + std::string(300'000, 'x') + R"("})", spec("cart", 10))});
    REQUIRE(in_force(policies) == "shop/cart 10");
    policies.look({with("", R"({"note": ")" + std::string(300'000, 'x') + R"("})")});
    CHECK_THAT(verdict(policies, "cart").wrong, Contains("256 KiB"));
    CHECK(in_force(policies) == "shop/cart 10");  // as it was last right
}

TEST_CASE("a server may be for the policies of some namespaces alone", "[cluster_policies]") {
    SourceDocument ours;
    ours.name = "ours";
    ours.prometheus.url = "http://ours:9090";
    ours.namespaces = {"shop", "team-*"};
    ClusterPolicies policies{{false, {ours}, {}}};
    const auto asking = [](const std::string& more) {
        return R"({"target": {"kubernetes": {"kind": "Deployment", "name": "cart"}}, "replicas": {"min": 1, "max": 4}, "signals": {"rps": {"prometheus": {"query": "up")" +
               more + R"(}}}, "policies": [{"track": {"signal": "rps", "averageValue": 1}}]})";
    };
    policies.look({object("a", asking("")), object("b", asking(R"(, "source": "ours")"), 1, "team-x")});
    CHECK(policies.all().size() == 2);
    policies.look({object("c", asking(""), 1, "other"), object("d", asking(R"(, "source": "ours")"), 1, "other")});
    CHECK(policies.all().empty());
    CHECK_THAT(verdict(policies, "c").wrong, Contains("name no Source that this policy may use"));
    CHECK_THAT(verdict(policies, "d").wrong, Contains("has the name 'ours'"));
    // Of several, the only one that it may use is the default.
    auto theirs = ours;
    theirs.name = "theirs";
    theirs.namespaces = {"other"};
    policies.renew({ours, theirs}, {});
    CHECK(policies.all().size() == 1);
    CHECK(policies.all()[0].spec.name == "c");
}

TEST_CASE("in shadow nothing is live", "[cluster_policies]") {
    ClusterPolicies policies{{true, {}, {}}};
    policies.look({object("cart", spec("cart", 10))});
    CHECK(policies.all()[0].spec.mode == Mode::shadow);
}

TEST_CASE("other servers leave in force what was right by the former ones", "[cluster_policies]") {
    SourceDocument prom;
    prom.name = "prom";
    prom.prometheus.url = "http://prom:9090";
    ClusterPolicies policies{{false, {prom}, {}}};
    const auto asking = [](int max) {
        return R"({"target": {"kubernetes": {"kind": "Deployment", "name": "cart"}}, "replicas": {"min": 1, "max": )" + std::to_string(max) +
               R"(}, "signals": {"rps": {"prometheus": {"query": "up"}}}, "policies": [{"track": {"signal": "rps", "averageValue": 1}}]})";
    };
    policies.look({object("cart", asking(10))});
    REQUIRE(in_force(policies) == "shop/cart 10");
    policies.look({object("cart", asking(-1), 2)});
    auto tried = policies;
    tried.renew({}, {});
    CHECK(in_force(tried) == "shop/cart 10");
    CHECK(verdict(tried, "cart").trouble == Trouble::invalid);
    CHECK(tried.all()[0].queries[0].server.url == "http://prom:9090");
    tried.look({object("cart", asking(20), 3)});
    CHECK_THAT(verdict(tried, "cart").wrong, Contains("name no Source"));
    CHECK(in_force(tried) == "shop/cart 10");
}

TEST_CASE("what cannot be gone over to is said of the objects that it is about, and tried again", "[cluster_policies]") {
    ClusterPolicies policies{{}};
    policies.look({object("cart", spec("cart", 10)), object("web", spec("web", 5))});
    auto tried = policies;
    REQUIRE(tried.look({object("cart", spec("cart", 20), 2), object("web", spec("web", 5)), object("new", spec("new", 3))}));
    policies.turn_down(tried, "no server");
    CHECK(in_force(policies) == "shop/cart 10, shop/web 5");
    CHECK(verdict(policies, "cart").trouble == Trouble::not_adopted);
    CHECK(verdict(policies, "cart").object.generation == 2);
    CHECK(verdict(policies, "web").trouble == Trouble::none);
    CHECK(verdict(policies, "new").wrong == "no server");
    CHECK_FALSE(verdict(policies, "new").in_force());
    CHECK(policies.look({object("cart", spec("cart", 20), 2), object("web", spec("web", 5)), object("new", spec("new", 3))}));
    CHECK(in_force(policies) == "shop/cart 20, shop/web 5, shop/new 3");
    CHECK(verdict(policies, "cart").wrong.empty());
}

TEST_CASE("a target that a change asks for and another has leaves the policy as it was", "[cluster_policies]") {
    ClusterPolicies policies{{}};
    policies.look({object("cart", spec("cart", 10)), object("web", spec("web", 5))});
    policies.look({object("cart", spec("cart", 10)), object("web", spec("cart", 5), 2)});
    CHECK(in_force(policies) == "shop/cart 10, shop/web 5");
    CHECK(verdict(policies, "web").trouble == Trouble::taken);
    CHECK(verdict(policies, "web").good->target == "kubernetes Deployment web");
    policies.look({object("web", spec("cart", 5), 2)});
    CHECK(verdict(policies, "web").trouble == Trouble::none);
    CHECK(verdict(policies, "web").good->target == "kubernetes Deployment cart");
}

TEST_CASE("a newcomer whose least does not fit into a namespace's budget waits, and blocks nobody", "[cluster_policies]") {
    GuardSettings guards;
    guards.budgets.push_back({{}, 2, {"*"}, true});
    ClusterPolicies policies{{false, {}, guards}};
    const std::vector<PolicyObject> two{object("a", spec("a", 10)), object("b", spec("b", 10))};
    policies.look(two);
    auto three = two;
    three.push_back(object("c", spec("c", 10)));
    three.push_back(object("d", spec("d", 10), 1, "test"));
    policies.look(three);
    CHECK(in_force(policies) == "shop/a 10, shop/b 10, test/d 10");
    CHECK(verdict(policies, "c").trouble == Trouble::over_budget);
    CHECK_THAT(verdict(policies, "c").wrong, Contains("budget of 2 replicas") && Contains("those of the policies in force take 2"));
    three.erase(three.begin());
    policies.look(three);
    CHECK(in_force(policies) == "shop/b 10, test/d 10, shop/c 10");
    CHECK(verdict(policies, "c").wrong.empty());
}
