// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "agent/documents/document.hpp"
#include "agent/documents/sources.hpp"

namespace setpoint {
namespace {

std::string policy(const std::string& signal) {
    return R"(apiVersion: setpoint.dev/v1alpha1
kind: ScalingPolicy
metadata: { name: web }
spec:
  target: { docker: { label: app=web } }
  replicas: { max: 10 }
  signals: { rps: { prometheus: { query: 'sum(rate(x_total[1m]))')" +
           signal + R"( } } }
  policies: [ { track: { signal: rps, averageValue: 100 } } ]
)";
}

std::string source(const std::string& name, const std::string& settings = "url: https://prometheus:9090") {
    return "---\napiVersion: setpoint.dev/v1alpha1\nkind: Source\nmetadata: { name: " + name + " }\nspec: { prometheus: { " + settings + " } }\n";
}

/// The server of the one signal; empty without one.
std::string server_of(const Documents& documents) {
    REQUIRE(documents.ok());
    const auto& found = std::get<PrometheusSource>(*documents.policies.at(0).sources.at(0));
    return found.server ? found.server->url : "";
}

std::string first_error(const std::string& text) {
    const auto documents = parse_documents(text, "f");
    for (const auto& finding : documents.findings) {
        if (finding.severity == Severity::error) return finding.path + ": " + finding.message;
    }
    return "";
}

}  // namespace

TEST_CASE("a signal without a name has the only source", "[source]") {
    CHECK(server_of(parse_documents(policy("") + source("main"), "f")) == "https://prometheus:9090");
}

TEST_CASE("a signal names its source, before or after it in the file", "[source]") {
    const auto two = source("main") + source("other", "url: http://10.0.0.2:9090");
    CHECK(server_of(parse_documents(policy(", source: other") + two, "f")) == "http://10.0.0.2:9090");
    CHECK(server_of(parse_documents(two + "---\n" + policy(", source: main"), "f")) == "https://prometheus:9090");
}

TEST_CASE("a url beside the query is a source of its own", "[source]") {
    CHECK(server_of(parse_documents(policy(", url: 'http://localhost:9090'") + source("main"), "f")) == "http://localhost:9090");
}

TEST_CASE("without any source the values are fed in", "[source]") { CHECK(server_of(parse_documents(policy(""), "f")).empty()); }

TEST_CASE("a signal that no server of these documents answers is warned of, by its place", "[source]") {
    const auto docker = signals_without_server(parse_documents(policy(""), "f"));
    REQUIRE(docker.size() == 1);
    CHECK(to_string(docker.front()) == "f:7:14: warning: spec.signals.rps.prometheus: has no server in these files, and without one `setpoint run` and `record` refuse it: "
                                       "add a document of kind: Source, or a url beside the query");
    auto text = policy("");
    text.replace(text.find("docker: { label: app=web }"), 26, "kubernetes: { kind: Deployment, name: web }");
    CHECK(signals_without_server(parse_documents(text, "f")).at(0).message.ends_with("; the operator takes a Source of its own files"));
    CHECK(signals_without_server(parse_documents(policy("") + source("main"), "f")).empty());
    CHECK(signals_without_server(parse_documents(policy(", url: 'http://localhost:9090'"), "f")).empty());
}

TEST_CASE("a source that does not exist is an error with a suggestion", "[source]") {
    const auto error = first_error(policy(", source: mian") + source("main"));
    CHECK(error.find("spec.signals.rps.prometheus.source: no Source has the name 'mian'") == 0);
    CHECK(error.find("main") != std::string::npos);
}

TEST_CASE("of two sources one must be named", "[source]") {
    CHECK(first_error(policy("") + source("a") + source("b")).find("which of the 2") != std::string::npos);
}

TEST_CASE("two sources of one name are an error", "[source]") {
    CHECK(first_error(policy(", source: a") + source("a") + source("a")).find("also belongs to the source") != std::string::npos);
}

TEST_CASE("what is wrong in a source is said at its place", "[source]") {
    const auto wrong = [](const std::string& settings) { return first_error(policy("") + source("main", settings)); };
    CHECK(wrong("url: 'prometheus:9090'").find("spec.prometheus.url: must begin with http") == 0);
    CHECK(wrong("url: 'https://me:hunter2@a'").find("hunter2") == std::string::npos);
    CHECK(wrong("url: 'https://a', username: me").find("passwordFile") != std::string::npos);
    CHECK(wrong("url: 'http://a', caFile: /ca.pem").find("https://") != std::string::npos);
    CHECK(wrong("url: 'https://a', headers: { Authorization: 'Bearer x' }").find("tokenFile") != std::string::npos);
    CHECK(wrong("url: 'https://a', headers: { 'X-A b': c }").find("is no HTTP header") != std::string::npos);
    CHECK(wrong("url: 'https://a', uri: 'https://a'").find("uri") != std::string::npos);
    CHECK(wrong("url: 'https://a', tokenFile: /t, username: me, passwordFile: /p").find("not both") != std::string::npos);
}

TEST_CASE("a source and a url are one too many, and an empty query none", "[source]") {
    CHECK(first_error(policy(", source: main, url: 'http://a'") + source("main")).find("not both") != std::string::npos);
    auto empty = policy("");
    empty.replace(empty.find("sum(rate(x_total[1m]))"), 22, "  ");
    CHECK(first_error(empty).find("is empty") != std::string::npos);
}

}  // namespace setpoint
