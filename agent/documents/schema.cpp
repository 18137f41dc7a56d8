// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/schema.hpp"

#include <nlohmann/json.hpp>

#include "agent/documents/agent_body.hpp"
#include "agent/documents/body.hpp"
#include "agent/documents/schema_fields.hpp"
#include "agent/documents/source_body.hpp"

namespace setpoint {

namespace {

template <class Body>
nlohmann::ordered_json schema_of() {
    Body body;
    SchemaFields fields;
    bind(fields, body);
    return fields.take();
}

nlohmann::ordered_json is_kind(std::string_view kind) {
    return {{"properties", {{"kind", {{"const", kind}}}}}, {"required", {"kind"}}};
}

}  // namespace

nlohmann::ordered_json policy_schema() { return schema_of<DocumentBody>(); }
nlohmann::ordered_json source_schema() { return schema_of<SourceBody>(); }
nlohmann::ordered_json agent_schema() { return schema_of<AgentBody>(); }

nlohmann::ordered_json document_schema() {
    return {
        {"$schema", "https://json-schema.org/draft/2020-12/schema"},
        {"title", "setpoint ScalingPolicy, Source or Agent"},
        {"if", is_kind(kSourceKind)},
        {"then", source_schema()},
        {"else", {{"if", is_kind(kAgentKind)}, {"then", agent_schema()}, {"else", policy_schema()}}},
    };
}

}  // namespace setpoint
