// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/yaml_writer.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "agent/documents/yaml_text.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

TEST_CASE("what fits on a line stands on one, the rest an entry a line", "[yaml]") {
    Json document{{"name", "cart"}, {"target", {{"kind", "Deployment"}, {"name", "cart"}}}};
    document["list"] = Json::array({{{"a", std::string(100, 'x')}, {"b", std::string(100, 'y')}}, 3});
    CHECK(to_yaml(document) == "name: cart\n"
                               "target: { kind: Deployment, name: cart }\n"
                               "list:\n"
                               "  - a: " + std::string(100, 'x') + "\n"
                               "    b: " + std::string(100, 'y') + "\n"
                               "  - 3\n");
    CHECK(to_yaml(Json::object()) == "{}\n");
    CHECK(to_yaml({{"a", Json::array()}, {"b", Json::object()}}) == "a: []\nb: {}\n");
}

TEST_CASE("only what is nothing else stands without quotes", "[yaml]") {
    const auto written = [](const char* text) { return to_yaml({{"k", text}}); };
    for (const auto* plain : {"cart", "90s", "500m", "1Gi", "70%", "1.5h", "app=cart", "apps/v1", "two words", "a:b"}) {
        CHECK(written(plain) == "k: " + std::string{plain} + "\n");
    }
    for (const auto* quoted : {"", "12", "0.5", "1e3", "true", "Off", "no", "null", "~", "- a", "a: b", "a #b", " a", "a ", "a,b", "{a}", "2026-01-01", "1:30", "*x"}) {
        CHECK(written(quoted) == "k: '" + std::string{quoted} + "'\n");
    }
    CHECK(written("it's") == "k: 'it''s'\n");
    CHECK(written("a\nb") == "k: \"a\\nb\"\n");
}

TEST_CASE("what is written is read back as it was", "[yaml]") {
    for (const auto* text : {"", "12", "off", "sum(rate(x{a=\"b\"}[1m])) # no", "it's: {x}", "a\tb\n c", "\xC3\xA9t\xC3\xA9", "\\d+", "-", "? a", "%x", "@x", "`x`", "|", ">"}) {
        const auto yaml = to_yaml({{"list", Json::array({text, Json{{"k", text}}})}});
        CAPTURE(yaml);
        const auto read = parse_yaml(yaml, "f");
        REQUIRE(read.findings.empty());
        const auto& list = *read.documents.at(0)->find("list")->value;
        CHECK(list.entries.at(0).value->text == text);
        CHECK(list.entries.at(1).value->find("k")->value->text == text);
        const bool may_be_plain = list.entries.at(0).value->plain;
        CHECK_FALSE((may_be_plain && std::string_view{text} == "off"));
    }
}

}  // namespace
}  // namespace setpoint
