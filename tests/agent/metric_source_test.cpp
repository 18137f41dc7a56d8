// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <variant>

#include "agent/documents/document.hpp"
#include "agent/live/live_policy.hpp"

namespace setpoint {
namespace {

using Catch::Matchers::Contains;

Documents with(const std::string& signal, const std::string& target = "kubernetes: { kind: Deployment, name: web }",
               const std::string& goal = "averageValue: 10") {
    return parse_documents("apiVersion: setpoint.dev/v1alpha1\nkind: ScalingPolicy\nmetadata: { name: web }\nspec:\n  target: { " + target +
                               " }\n  replicas: { max: 10 }\n  signals: { s: { " + signal + " } }\n  policies: [ { track: { signal: s, " + goal + " } } ]\n",
                           "web.yaml");
}

TEST_CASE("metrics of the cluster's APIs are signals", "[sources]") {
    const auto pods = with("podMetric: { name: hits, selector: 'verb=GET,code!=500' }");
    REQUIRE(pods.ok());
    CHECK(std::get<PodMetricSource>(*pods.policies[0].sources[0]).selector == "verb=GET,code!=500");
    CHECK(pods.policies[0].spec.signals[0].per_pod);
    const auto object = with("objectMetric: { name: hits, object: { kind: Ingress, name: shop, apiVersion: networking.k8s.io/v1 } }");
    REQUIRE(object.ok());
    CHECK(std::get<ObjectMetricSource>(*object.policies[0].sources[0]).object.name == "shop");
    CHECK_FALSE(object.policies[0].spec.signals[0].per_pod);
    const auto external = with("externalMetric: { name: queue_depth }");
    REQUIRE(external.ok());
    CHECK(std::get<ExternalMetricSource>(*external.policies[0].sources[0]).name == "queue_depth");
    const auto container = with("cpu: { container: app }");
    REQUIRE(container.ok());
    CHECK(std::get<CpuSource>(*container.policies[0].sources[0]).container == "app");
}

TEST_CASE("a metric without a name, or one that is a path, is refused", "[sources]") {
    const auto first = [](const Documents& documents) {
        REQUIRE_FALSE(documents.ok());
        return to_string(documents.findings.front());
    };
    CHECK_THAT(first(with("externalMetric: {}")), Contains("signals.s.externalMetric.name: is missing"));
    CHECK_THAT(first(with("externalMetric: { name: ../../secrets }")), Contains("web.yaml:7:") && Contains("must be the name of a metric"));
    CHECK_THAT(first(with("podMetric: { name: hits }", "kubernetes: { kind: Deployment, name: web }", "value: 3")), Contains("has one for each pod"));
    CHECK_THAT(first(with("objectMetric: { name: hits }")), Contains("objectMetric.object: is missing"));
}

TEST_CASE("what only a cluster has is refused for a Docker target", "[sources]") {
    const auto refusal = [](const std::string& signal) {
        const auto documents = with(signal, "docker: { label: app=web }");
        REQUIRE(documents.ok());
        const auto live = live_policy(documents.policies[0]);
        REQUIRE_FALSE(live);
        return live.error().message;
    };
    CHECK_THAT(refusal("externalMetric: { name: queue_depth }"), Contains("the source 'externalMetric' of the signal 's' is a cluster's"));
    CHECK_THAT(refusal("podMetric: { name: hits }"), Contains("'podMetric'"));
    CHECK_THAT(refusal("cpu: { container: app }"), Contains("the signal 's' names a container of a pod"));
}

}  // namespace
}  // namespace setpoint
