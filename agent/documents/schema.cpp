// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/schema.hpp"

#include <nlohmann/json.hpp>

#include "agent/documents/body.hpp"
#include "agent/documents/schema_fields.hpp"

namespace setpoint {

nlohmann::ordered_json document_schema() {
    DocumentBody body;
    SchemaFields fields;
    bind(fields, body);
    nlohmann::ordered_json schema{
        {"$schema", "https://json-schema.org/draft/2020-12/schema"},
        {"title", "setpoint ScalingPolicy"},
    };
    schema.update(fields.take());
    return schema;
}

}  // namespace setpoint
