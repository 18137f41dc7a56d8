// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/crd.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "agent/documents/schema.hpp"
#include "agent/documents/structural_schema.hpp"
#include "agent/documents/yaml_writer.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

const Json& schema_of(const Json& crd) { return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]; }

/// What a structural schema of apiextensions.k8s.io/v1 must be, at every node.
void check_structure(const Json& node, const std::string& path) {
    CAPTURE(path);
    static const std::set<std::string> known{"type", "description", "properties", "additionalProperties", "items", "pattern", "minLength", "maxLength",
                                             "minimum", "maximum", "exclusiveMinimum", "enum", "format", "required",
                                             "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string",
                                             "x-kubernetes-list-type", "x-kubernetes-list-map-keys"};
    for (const auto& [key, value] : node.items()) {
        CAPTURE(key);
        CHECK(known.contains(key));
    }
    const bool open = node.contains("x-kubernetes-preserve-unknown-fields");
    CHECK((node.contains("type") || open || node.contains("x-kubernetes-int-or-string")));
    if (node.contains("type")) CHECK(node["type"].is_string());
    const bool server_defines_it = path == ".metadata";
    if (node.contains("type") && node["type"] == "object" && !path.empty() && !server_defines_it && path.find(".items") == std::string::npos) {
        CHECK((open || node.contains("additionalProperties")));
    }
    CHECK_FALSE((node.contains("properties") && node.contains("additionalProperties")));
    if (node.contains("exclusiveMinimum")) CHECK(node["exclusiveMinimum"] == true);
    if (node.contains("items")) check_structure(node["items"], path + ".items");
    if (node.contains("additionalProperties")) check_structure(node["additionalProperties"], path + ".*");
    if (!node.contains("properties")) return;
    for (const auto& [name, property] : node["properties"].items()) check_structure(property, path + "." + name);
}

TEST_CASE("the committed CRDs are what the tables say", "[crd]") {
    for (const std::string file : {"deploy/kubernetes/crd.yaml", "deploy/kubernetes/chart/crds/crd.yaml"}) {
        std::ifstream in{std::string{SETPOINT_TEST_DATA} + "/../../" + file, std::ios::binary};
        REQUIRE(in);
        const std::string committed{std::istreambuf_iterator<char>{in}, {}};
        INFO("renew it: setpoint schema --crd > " + file);
        CHECK(committed == to_yaml(policy_crd()));
    }
}

TEST_CASE("every node of the CRD's schema is structural, and defaults nothing", "[crd]") { check_structure(schema_of(policy_crd()), ""); }

TEST_CASE("the CRD has the names and parts that kubectl wants", "[crd]") {
    const auto crd = policy_crd();
    CHECK(crd["metadata"]["name"] == "scalingpolicies.setpoint.dev");
    CHECK(crd["spec"]["group"] == "setpoint.dev");
    CHECK(crd["spec"]["scope"] == "Namespaced");
    CHECK(crd["spec"]["names"]["shortNames"] == Json::array({"sp"}));
    const auto& version = crd["spec"]["versions"][0];
    CHECK(version["name"] == "v1alpha1");
    CHECK(version["subresources"]["status"] == Json::object());
    std::string columns;
    for (const auto& column : version["additionalPrinterColumns"]) columns += column["name"].get<std::string>() + " ";
    CHECK(columns == "Target State Mode Min Max Current Desired Ready Active Limited Scaled Why Age ");
    std::set<std::string> status;
    for (const auto& [name, property] : schema_of(crd)["properties"]["status"]["properties"].items()) status.insert(name);
    CHECK(status == std::set<std::string>{"conditions", "observedGeneration", "currentReplicas", "desiredReplicas", "lastDecision", "lastScaleTime",
                                          "effective", "learnt", "agreement", "checkpoint", "state", "override", "resumed"});
}

TEST_CASE("what may be a fraction or a text has no type, and a whole number or a text is one", "[crd]") {
    const auto spec = schema_of(policy_crd())["properties"]["spec"]["properties"];
    const auto& track = spec["policies"]["items"]["properties"]["track"]["properties"];
    CHECK_FALSE(track["tolerance"].contains("type"));  // 0.05, 5%
    CHECK(track["tolerance"]["x-kubernetes-preserve-unknown-fields"] == true);
    CHECK(spec["interval"]["type"] == "string");
    CHECK(spec["replicas"]["properties"]["max"]["minimum"] == 1);
    CHECK(spec["policies"]["items"]["properties"]["step"]["properties"]["bands"]["items"]["properties"]["change"] ==
          Json{{"description", spec["policies"]["items"]["properties"]["step"]["properties"]["bands"]["items"]["properties"]["change"]["description"]},
               {"x-kubernetes-int-or-string", true}});
    CHECK_FALSE(spec["signals"]["additionalProperties"].contains("type"));  // a word or an object
    CHECK(spec["signals"]["additionalProperties"]["properties"].contains("externalMetric"));
    CHECK_FALSE(spec["onMissing"].contains("type"));
}

TEST_CASE("a bound that is not included is a flag, as OpenAPI 3.0 has it", "[crd]") {
    CHECK(structural_schema({{"type", "number"}, {"exclusiveMinimum", 0}, {"default", 3}}) ==
          Json{{"type", "number"}, {"minimum", 0}, {"exclusiveMinimum", true}});
    CHECK(structural_schema({{"const", "hold"}}) == Json{{"type", "string"}, {"enum", Json::array({"hold"})}});
}

}  // namespace
}  // namespace setpoint
