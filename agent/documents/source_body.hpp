// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/documents/body.hpp"
#include "collectors/catalog.hpp"
#include "core/fields.hpp"

namespace setpoint {

inline constexpr std::string_view kSourceKind = "Source";

/// A `kind: Source` document: a server that signals name.
struct SourceBody {
    MetadataBody metadata;
    PrometheusSettings prometheus;
    std::vector<std::string> namespaces;
};

void bind(Fields& fields, SourceBody& body);

}  // namespace setpoint
