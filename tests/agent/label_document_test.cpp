// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/label_document.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace setpoint {
namespace {

using Catch::Matchers::Contains;

const std::string kGood = "replicas: { min: 2, max: 10 }\nsignals: { cpu: cpu }\npolicies: [ { track: { signal: cpu, utilization: 70% } } ]\n";

SourceDocument source(const std::string& name) {
    PrometheusSettings settings;
    settings.url = "https://" + name + ":9090";
    return {name, settings, {}, "sources.yaml", {1, 1}};
}

LabelDocument label(std::string text) { return {std::move(text), "container c, label l", "shop-cart", {{}, "cart", "shop"}}; }

/// With one signal, and one more setting of its source.
std::string asking(const std::string& setting) {
    return "replicas: { max: 10 }\nsignals:\n  rps: { prometheus: { query: 'sum(rate(x[1m]))'" + setting +
           " } }\npolicies: [ { track: { signal: rps, averageValue: 100 } } ]\n";
}

std::vector<std::string> errors(const std::string& text, const LabelRules& rules = {}) {
    const auto documents = parse_label(label(text), rules);
    std::vector<std::string> found;
    for (const auto& finding : documents.findings) {
        if (finding.severity == Severity::error) found.push_back(to_string(finding));
    }
    return found;
}

void check_only(const std::string& text, const std::string& wanted, const LabelRules& rules = {}) {
    INFO(text.substr(0, 300));
    const auto found = errors(text, rules);
    REQUIRE(found.size() == 1);
    CHECK(found[0] == "container c, label l" + wanted);
}

}  // namespace

TEST_CASE("a label is a document's spec, for the target of its container", "[label_document]") {
    const auto documents = parse_label(label(kGood), {});
    REQUIRE(documents.ok());
    REQUIRE(documents.policies.size() == 1);
    const auto& policy = documents.policies[0];
    CHECK(policy.spec.name == "shop-cart");
    CHECK(policy.spec.replicas == Bounds{2, 10});
    CHECK(identity(policy.target) == "docker project shop service cart");
    CHECK(policy.file == "container c, label l");
    CHECK(policy.at.line == 1);
}

TEST_CASE("what is wrong in a label is said with its line and column there", "[label_document]") {
    check_only("replicas: { min: 5, max: 2 }\nsignals: { cpu: cpu }\npolicies: [ { track: { signal: cpu, utilization: 70% } } ]\n",
               ":1:1: replicas: min must not be above max, was 5 above 2");
    const auto typo = errors("replicas: { max: 4 }\nsignals: { cpu: cpu }\npolicies:\n  - track: { signal: cpu, utilisation: 70% }\n");
    REQUIRE_FALSE(typo.empty());
    CHECK_THAT(typo[0], Contains("container c, label l:4:27: policies[0].track.utilisation: unknown key 'utilisation'; did you mean 'utilization'?"));
    CHECK_THAT(errors("signals: { cpu: cpu }\n").at(0), Contains("replicas: is missing"));
    CHECK_THAT(errors("replicas: [\n").at(0), Contains("container c, label l:2:1: not YAML"));
    CHECK_THAT(errors("\treplicas: 1\n").at(0), Contains(":1:1: a tab indents this line"));
    CHECK_THAT(errors("replicas: \xff\n").at(0), Contains(":1:11: must be UTF-8"));
}

TEST_CASE("all that is wrong in a label is said at once", "[label_document]") {
    CHECK(errors("replicas: { max: none }\nsignals: { cpu: gpu }\npolicies: 1\ninterval: 5\n").size() == 4);
}

TEST_CASE("a text that is no spec is refused", "[label_document]") {
    check_only("", ": is empty; the spec of a policy is expected");
    check_only("# nothing\n", ": is empty; the spec of a policy is expected");
    check_only("- a\n- b\n", ":1:1: must be the spec of a policy (replicas, signals, policies)");
    check_only("true", ":1:1: must be the spec of a policy (replicas, signals, policies)");
    check_only(kGood + "---\n" + kGood, ":5:1: a second document begins here; a label holds one policy");
    check_only(kGood + "target: { docker: { label: app=other } }\n", ":4:1: target: is the container's own target: leave it out");
    CHECK(errors("apiVersion: setpoint.dev/v1alpha1\nkind: ScalingPolicy\nmetadata: { name: x }\nspec: {}\n").size() == 4);
}

TEST_CASE("the text of a label is limited in size, depth and values", "[label_document]") {
    check_only(kGood + "# " + std::string(16U << 10U, 'x') + "\n", ": larger than 16 KiB, which no policy in a label is");
    CHECK_THAT(errors("signals: " + std::string(20, '[') + std::string(20, ']')).at(0), Contains("nested more than 16 levels deep"));
    std::string many = "signals:\n";
    for (int i = 0; i < 2100; ++i) many += "  a: b\n";
    CHECK_THAT(errors(many).at(0), Contains("more than 2000 values"));
    CHECK_THAT(errors("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                      "d: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n").at(0), Contains("more than 2000 values"));
}

TEST_CASE("a label may use a Source of the agent's own files, by name or as the only one", "[label_document]") {
    const LabelRules rules{{source("main"), source("other")}, 100};
    const auto named = parse_label(label(asking(", source: other")), rules);
    REQUIRE(named.ok());
    CHECK(std::get<PrometheusSource>(*named.policies.at(0).sources.at(0)).server->url == "https://other:9090");
    const auto only = parse_label(label(asking("")), {{source("main")}, 100});
    REQUIRE(only.ok());
    CHECK(std::get<PrometheusSource>(*only.policies.at(0).sources.at(0)).server->url == "https://main:9090");
    CHECK_THAT(errors(asking(", source: mian"), rules).at(0), Contains("no Source has the name 'mian'; did you mean 'main'?"));
    CHECK_THAT(errors(asking(""), rules).at(0), Contains("which of the 2 Prometheus sources is meant?"));
}

TEST_CASE("a label may bring no server and no credentials of its own", "[label_document]") {
    const LabelRules rules{{source("main")}, 100};
    check_only(asking(", url: 'http://10.0.0.1:9090'"),
               ":3:3: signals.rps.prometheus.url: a label must not say where a server is: name a Source of the agent's own files, source: NAME", rules);
    check_only(asking(""), ":3:3: signals.rps.prometheus: the agent's own files (-f) name no Source for it");
    for (const auto* setting : {", tokenFile: /run/secrets/t", ", passwordFile: /p", ", caFile: /c", ", headers: { X-Scope-OrgID: a }"}) {
        CHECK_THAT(errors(asking(setting), rules).at(0), Contains("unknown key"));
    }
    const auto whole = errors("apiVersion: setpoint.dev/v1alpha1\nkind: Source\nmetadata: { name: x }\nspec: { prometheus: { url: 'http://a:1' } }\n");
    REQUIRE(whole.size() == 4);
    CHECK_THAT(whole[0], Contains(":1:1: apiVersion: a label holds what stands below spec: in a document, and nothing else"));
    CHECK_THAT(whole[1], Contains(":2:1: kind: a Source stands in the agent's own files, not in a label"));
}

TEST_CASE("no label may ask for more replicas than the operator allows", "[label_document]") {
    const LabelRules rules{{}, 10};
    CHECK(parse_label(label(kGood), rules).ok());
    check_only("replicas: { max: 11 }\nsignals: { cpu: cpu }\npolicies: [ { track: { signal: cpu, utilization: 70% } } ]\n",
               ":1:18: replicas.max: must be at most 10, the most for policies from labels (--labels-max-replicas), was 11", rules);
    const auto window = [](const std::string& bounds) {
        return "replicas: { max: 5 }\npolicies: [ { schedule: { windows: [ { days: [sat], from: '10:00', to: '12:00', " + bounds + " } ] } } ]\n";
    };
    CHECK(parse_label(label(window("min: 1, max: 10")), rules).ok());
    CHECK_THAT(errors(window("max: 500"), rules).at(0), Contains("policies[0].schedule: must be at most 10") && Contains("was 500"));
    CHECK_THAT(errors(window("min: 500"), rules).at(0), Contains("was 500"));
}

}  // namespace setpoint
