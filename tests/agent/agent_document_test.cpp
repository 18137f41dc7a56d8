// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "agent/documents/document.hpp"
#include "agent/live/live_policy.hpp"

namespace setpoint {
namespace {

std::string policy(const std::string& name, const std::string& replicas = "{ min: 2, max: 10 }") {
    return "---\napiVersion: setpoint.dev/v1alpha1\nkind: ScalingPolicy\nmetadata: { name: " + name +
           " }\nspec:\n  target: { docker: { label: app=" + name + " } }\n  replicas: " + replicas +
           "\n  signals: { cpu: cpu }\n  policies: [ { track: { signal: cpu, utilization: 60% } } ]\n";
}

std::string agent(const std::string& guards) {
    return "---\napiVersion: setpoint.dev/v1alpha1\nkind: Agent\nspec:\n  guards: " + guards + "\n";
}

std::vector<std::string> said(const std::string& text) {
    std::vector<std::string> all;
    for (const auto& finding : parse_documents(text, "f.yaml").findings) all.push_back(to_string(finding));
    return all;
}

}  // namespace

TEST_CASE("an Agent document limits what all policies do together", "[agent_document]") {
    const auto documents = parse_documents(
        agent("{ startsPerMinute: 60, shrinkPerTenMinutes: 30%, budgets: [ { policies: [ cart, 'shop-*' ], replicas: 60 } ] }") +
            policy("cart") + policy("shop-a"),
        "f.yaml");
    REQUIRE(documents.ok());
    CHECK(documents.findings.empty());
    const auto guards = documents.guards();
    CHECK(guards.starts_per_minute == 60);
    CHECK(guards.shrink_per_ten_minutes == "30%");
    CHECK(guards.budgets == std::vector<Budget>{{{"cart", "shop-*"}, 60}});
}

TEST_CASE("without an Agent document nothing is limited", "[agent_document]") {
    CHECK_FALSE(parse_documents(policy("cart"), "f.yaml").guards().any());
    CHECK_FALSE(parse_documents("apiVersion: setpoint.dev/v1alpha1\nkind: Agent\nmetadata: { name: here }\nspec: {}\n" + policy("cart"), "f.yaml").guards().any());
}

TEST_CASE("a number of replicas may be written as one", "[agent_document]") {
    CHECK(parse_documents(agent("{ shrinkPerTenMinutes: 12 }"), "f.yaml").guards().shrink_per_ten_minutes == "12");
}

TEST_CASE("everything that is wrong with an Agent is said at once, in its place", "[agent_document]") {
    CHECK(said(agent("{ startsPerMinute: 0, shrinkPerTenMinutes: 0%, budget: 1, budgets: [ { policies: [], replicas: 0 } ] }")) ==
          std::vector<std::string>{
              "f.yaml:5:30: spec.guards.startsPerMinute: must be 1 to 100000, was '0'",
              "f.yaml:5:54: spec.guards.shrinkPerTenMinutes: must be a number of replicas from 1 on (12) or a share of all (1% to 100%), was '0%'",
              "f.yaml:5:58: spec.guards.budget: unknown key 'budget'; did you mean 'budgets'? (known: startsPerMinute, shrinkPerTenMinutes, budgets)",
              "f.yaml:5:82: spec.guards.budgets[0].policies: must name at least one policy, or namespaces (* stands for any text)",
              "f.yaml:5:106: spec.guards.budgets[0].replicas: must be 1 to 100000, was '0'",
          });
}

TEST_CASE("a budget for a policy that does not exist is an error, a pattern for none yet a warning", "[agent_document]") {
    CHECK(said(agent("{ budgets: [ { policies: [ crat, 'shop-*' ], replicas: 6 } ] }") + policy("cart")) ==
          std::vector<std::string>{
              "f.yaml:5:38: spec.guards.budgets[0].policies[0]: no policy has the name 'crat'; did you mean 'cart'? (known: cart)",
              "f.yaml:5:44: warning: spec.guards.budgets[0].policies[1]: no policy has the name 'shop-*'",
          });
    // Alone in a file it can be checked too.
    CHECK(said(agent("{ budgets: [ { policies: [ crat ], replicas: 6 } ] }")).empty());
}

TEST_CASE("a budget must be enough for the least of its policies", "[agent_document]") {
    CHECK(said(agent("{ budgets: [ { policies: [ '*' ], replicas: 5 } ] }") + policy("a") + policy("b", "{ min: 4, max: 9 }")) ==
          std::vector<std::string>{
              "f.yaml:5:55: spec.guards.budgets[0].replicas: must be enough for replicas.min of all its policies (6 together), was 5",
          });
}

TEST_CASE("there is one Agent at most", "[agent_document]") {
    const auto findings = said(agent("{ startsPerMinute: 6 }") + policy("a") + agent("{ startsPerMinute: 7 }"));
    REQUIRE(findings.size() == 1);
    CHECK(findings[0] == "f.yaml:16:1: kind: there may be one Agent, and another is in f.yaml:2");
}

}  // namespace setpoint
