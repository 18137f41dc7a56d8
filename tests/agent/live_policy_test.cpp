// SPDX-License-Identifier: Apache-2.0
#include "agent/live/live_policy.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace setpoint;
using Catch::Matchers::Contains;

namespace {

Result<LivePolicy> read(const std::string& target, const std::string& signals) {
    const auto documents = parse_documents(
        "apiVersion: setpoint.dev/v1alpha1\n"
        "kind: ScalingPolicy\n"
        "metadata: { name: web }\n"
        "spec:\n"
        "  target: " + target + "\n"
        "  replicas: { min: 1, max: 5 }\n"
        "  signals: " + signals + "\n"
        "  policies: [ { track: { signal: load, averageValue: 1 } } ]\n",
        "web.yaml");
    for (const auto& finding : documents.findings) INFO(to_string(finding));
    REQUIRE(documents.policies.size() == 1);
    return live_policy(documents.policies[0]);
}

void check_refused(const Result<LivePolicy>& policy, const std::string& what) {
    REQUIRE_FALSE(policy);
    CHECK(policy.error().code == Errc::bad_config);
    CHECK_THAT(policy.error().message, Contains("web.yaml") && Contains("web") && Contains(what));
}

}  // namespace

TEST_CASE("a labelled group with the Engine's own signals runs live") {
    const auto policy = read("{ docker: { label: app=web } }", "{ load: cpu, used: memory }");
    REQUIRE(policy);
    CHECK(policy->labels == std::vector<std::string>{"app=web"});
    CHECK(policy->cpu == policy->spec.find_signal("load"));
    CHECK(policy->memory == policy->spec.find_signal("used"));
}

TEST_CASE("a Compose service is its containers without one-off runs") {
    const auto policy = read("{ docker: { project: shop, service: cart } }", "{ load: cpu }");
    REQUIRE(policy);
    CHECK(policy->labels == std::vector<std::string>{"com.docker.compose.project=shop", "com.docker.compose.service=cart",
                                                     "com.docker.compose.oneoff=False"});
    CHECK(policy->target == "docker project shop service cart");
}

TEST_CASE("a Swarm's service is called by its name, and its containers here by their label") {
    const auto policy = read("{ docker: { service: cart } }", "{ load: cpu }");
    REQUIRE(policy);
    CHECK(policy->service == "cart");
    CHECK(policy->labels == std::vector<std::string>{"com.docker.swarm.service.name=cart"});
    const auto by_label = read("{ docker: { label: 'com.docker.swarm.service.name=cart' } }", "{ load: cpu }");
    CHECK_FALSE(same_outside(*policy, *by_label));
}

TEST_CASE("of another kind the group is part of what the target is called") {
    const auto policy = read("{ kubernetes: { kind: Rollout, name: cart, apiVersion: argoproj.io/v1alpha1 } }", "{ load: cpu }");
    REQUIRE(policy);
    CHECK(policy->target == "kubernetes Rollout cart of argoproj.io");
    CHECK(read("{ kubernetes: { kind: Deployment, name: cart, apiVersion: apps/v1 } }", "{ load: cpu }")->target == "kubernetes Deployment cart");
    CHECK(read("{ kubernetes: { kind: ScaledObject, name: cart, apiVersion: keda.sh/v1alpha1 } }", "{ load: cpu }")->target == "kubernetes ScaledObject cart");
}

TEST_CASE("a workload of a cluster runs by its kind and name") {
    const auto policy = read("{ kubernetes: { kind: StatefulSet, name: db } }", "{ load: cpu }");
    REQUIRE(policy);
    REQUIRE(policy->workload);
    CHECK(policy->workload->object_kind == "StatefulSet");
    CHECK(policy->workload->name == "db");
    CHECK(policy->labels.empty());
    CHECK_FALSE(same_outside(*policy, *read("{ kubernetes: { kind: Deployment, name: db } }", "{ load: cpu }")));
}

TEST_CASE("a query has the server that its signal names") {
    const auto policy = read("{ docker: { label: app=web } }", "{ load: { prometheus: { query: up, url: 'http://127.0.0.1:9' } } }");
    REQUIRE(policy);
    REQUIRE(policy->queries.size() == 1);
    CHECK(policy->queries[0].signal == policy->spec.find_signal("load"));
    CHECK(policy->queries[0].server.url == "http://127.0.0.1:9");
    CHECK(policy->queries[0].text == "up");
}

TEST_CASE("a query without a server is refused by its signal's name") {
    const auto policy = read("{ docker: { label: app=web } }", "{ load: { prometheus: { query: up } } }");
    check_refused(policy, "kind: Source");
    check_refused(policy, "load");
}

TEST_CASE("two signals of one source are refused") {
    check_refused(read("{ docker: { label: app=web } }", "{ load: cpu, same: cpu }"), "same");
}

TEST_CASE("policies that ask others the same are told apart from those that ask something else, or their own target") {
    const auto asks = [](const std::string& name, const std::string& signals) {
        return shared_question(read("{ kubernetes: { kind: Deployment, name: " + name + " } }", signals).value());
    };
    const std::string queue = "{ load: { externalMetric: { name: queue, selector: 'of=shop' } } }";
    CHECK_FALSE(asks("a", queue).empty());
    CHECK(asks("a", queue) == asks("b", queue));
    CHECK(asks("a", queue) != asks("a", "{ load: { externalMetric: { name: queue } } }"));
    CHECK(asks("a", queue) != asks("a", "{ load: { externalMetric: { name: queueof, selector: '=shop' } } }"));
    CHECK(asks("a", "{ load: { prometheus: { query: up, url: 'http://one:9090' } } }") ==
          asks("b", "{ load: { prometheus: { query: up, url: 'http://one:9090' } } }"));
    CHECK(asks("a", "{ load: { prometheus: { query: up, url: 'http://one:9090' } } }") !=
          asks("a", "{ load: { prometheus: { query: up, url: 'http://two:9090' } } }"));
    CHECK(asks("a", "{ load: cpu }").empty());
    CHECK(asks("a", "{ load: { podMetric: { name: queue } } }").empty());
    CHECK(asks("a", "{ load: { externalMetric: { name: queue } }, cpu: cpu }").empty());
    CHECK(shared_question(read("{ docker: { label: app=web } }", "{ load: cpu }").value()).empty());
}
