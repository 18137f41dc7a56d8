// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/structural_schema.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kPreserve = "x-kubernetes-preserve-unknown-fields";
constexpr const char* kIntOrString = "x-kubernetes-int-or-string";

Json properties_of(const Json& properties) {
    Json out = Json::object();
    for (const auto& [name, property] : properties.items()) out["properties"][name] = structural_schema(property);
    return out;
}

/// Two forms of one value (a number or a text, a word or an object) have no type in common.
bool has_several_types(const Json& schema) { return schema.contains("anyOf"); }

Json several_types(const Json& schema) {
    Json out = Json::object();
    for (const auto& one : schema["anyOf"]) {
        if (!one.contains("properties")) continue;
        out.update(properties_of(one["properties"]));  // what is checked where an object stands
    }
    out[kPreserve] = true;
    return out;
}

void copy_checks(const Json& schema, Json& out) {
    static constexpr std::array<const char*, 7> checks{"pattern", "minLength", "maxLength", "minimum", "maximum", "enum", "format"};
    for (const auto* check : checks) {
        if (schema.contains(check)) out[check] = schema[check];
    }
    if (schema.contains("const")) out["enum"] = Json::array({schema["const"]});
    if (schema.contains("exclusiveMinimum")) {  // a flag beside the minimum, as in OpenAPI 3.0
        out["minimum"] = schema["exclusiveMinimum"];
        out["exclusiveMinimum"] = true;
    }
}

Json of_one_type(const Json& schema) {
    Json out;
    out["type"] = schema.contains("type") ? schema["type"] : Json("string");  // a constant, or a list of words
    if (out["type"] == "object") {
        const auto properties = schema.find("properties");
        if (properties != schema.end()) out.update(properties_of(*properties));
        const bool map = schema.contains("additionalProperties") && schema["additionalProperties"].is_object();
        if (map) out["additionalProperties"] = structural_schema(schema["additionalProperties"]);
        else out[kPreserve] = true;
    }
    if (schema.contains("items")) out["items"] = structural_schema(schema["items"]);
    copy_checks(schema, out);
    return out;
}

}  // namespace

Json structural_schema(const Json& schema) {
    Json out;
    if (schema.contains("description")) out["description"] = schema["description"];
    if (has_several_types(schema)) {
        out.update(several_types(schema));
    } else if (schema.contains("type") && schema["type"].is_array()) {
        out[kIntOrString] = true;
    } else {
        out.update(of_one_type(schema));
    }
    return out;
}

}  // namespace setpoint
