// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/schema.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

#include "agent/documents/document.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

/// What the reader says it knows, where a document has the key `zzz`.
std::set<std::string> known_to_reader(const std::string& document) {
    std::set<std::string> known;
    const auto documents = parse_documents(document, "f");
    for (const auto& finding : documents.findings) {
        const auto at = finding.message.find("(known: ");
        if (!finding.path.ends_with("zzz") || at == std::string::npos) continue;
        std::string name;
        for (const char c : finding.message.substr(at + 8)) {
            if (c != ',' && c != ')' && c != ' ') name += c;
            else if (!name.empty()) known.insert(std::exchange(name, {}));
        }
    }
    return known;
}

/// Visits every object of a schema, with the text of a document around it.
using Visit = std::function<void(const Json& object, const std::string& before, const std::string& after)>;

void walk(const Json& schema, const std::string& before, const std::string& after, const Visit& visit) {
    if (schema.contains("anyOf")) {
        for (const auto& one : schema["anyOf"]) walk(one, before, after, visit);
    }
    if (schema.contains("items")) walk(schema["items"], before + "[", "]" + after, visit);
    if (schema.contains("additionalProperties") && schema["additionalProperties"].is_object()) {
        walk(schema["additionalProperties"], before + "{a: ", "}" + after, visit);
    }
    if (!schema.contains("properties")) return;
    visit(schema, before, after);
    for (const auto& [name, property] : schema["properties"].items()) walk(property, before + "{" + name + ": ", "}" + after, visit);
}

TEST_CASE("the schema and the reader know the same keys everywhere", "[schema]") {
    int objects = 0;
    walk(policy_schema(), "", "", [&](const Json& object, const std::string& before, const std::string& after) {
        std::set<std::string> in_schema;
        for (const auto& [name, property] : object["properties"].items()) in_schema.insert(name);
        const auto document = before + "{zzz: 1}" + after;
        CAPTURE(document);
        CHECK(object["additionalProperties"] == false);
        CHECK(known_to_reader(document).size() == (in_schema.empty() ? 0 : in_schema.size()));
        if (!in_schema.empty()) CHECK(known_to_reader(document) == in_schema);
        ++objects;
    });
    CHECK(objects > 15);
}

TEST_CASE("the schema of a source has what the reader knows", "[schema]") {
    const auto spec = source_schema()["properties"]["spec"]["properties"]["prometheus"];
    std::set<std::string> in_schema;
    for (const auto& [name, property] : spec["properties"].items()) in_schema.insert(name);
    CHECK(in_schema == known_to_reader("{kind: Source, spec: {prometheus: {zzz: 1}}}"));
    CHECK(spec["required"] == Json::array({"url"}));
}

TEST_CASE("the schema of the agent has what the reader knows", "[schema]") {
    const auto guards = agent_schema()["properties"]["spec"]["properties"]["guards"];
    std::set<std::string> in_schema;
    for (const auto& [name, property] : guards["properties"].items()) in_schema.insert(name);
    CHECK(in_schema == known_to_reader("{kind: Agent, spec: {guards: {zzz: 1}}}"));
    CHECK(guards["properties"]["budgets"]["items"]["required"] == Json::array({"replicas"}));
    CHECK(document_schema()["else"]["if"]["properties"]["kind"]["const"] == "Agent");
}

TEST_CASE("every property of the schema says what it is", "[schema]") {
    walk(policy_schema(), "", "", [](const Json& object, const std::string& before, const std::string&) {
        for (const auto& [name, property] : object["properties"].items()) {
            CAPTURE(before, name);
            CHECK(property.contains("description"));
        }
    });
}

TEST_CASE("what the document demands is required in the schema", "[schema]") {
    CHECK(document_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema");
    const auto schema = policy_schema();
    CHECK(schema["required"] == Json::array({"apiVersion", "kind", "metadata", "spec"}));
    const auto& spec = schema["properties"]["spec"];
    CHECK(spec["required"] == Json::array({"target", "replicas", "policies"}));
    const auto& replicas = spec["properties"]["replicas"];
    CHECK(replicas["required"] == Json::array({"max"}));
    CHECK(replicas["properties"]["min"]["minimum"] == 0);
    CHECK(replicas["properties"]["min"]["default"] == 1);
    CHECK(replicas["properties"]["max"]["maximum"] == 100'000);
    CHECK(spec["properties"]["interval"]["default"] == "5s");
    CHECK(spec["properties"]["mode"]["enum"] == Json::array({"live", "shadow", "off"}));
    CHECK(spec["properties"]["target"]["oneOf"].size() == 2);
}

TEST_CASE("the schema's pattern of a duration wants a unit", "[schema]") {
    const auto schema = policy_schema();
    const std::regex duration{schema["properties"]["spec"]["properties"]["interval"]["pattern"].get<std::string>()};
    for (const auto* good : {"90s", "1h30m", "250ms", "1.5s", "14d"}) CHECK(std::regex_search(good, duration));
    for (const auto* bad : {"90", "0", "s", "-5s", "5 s", "5sec", ""}) CHECK_FALSE(std::regex_search(bad, duration));
}

}  // namespace
}  // namespace setpoint
