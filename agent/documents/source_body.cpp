// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/source_body.hpp"

#include <array>

namespace setpoint {

void bind(Fields& fields, SourceBody& body) {
    static constexpr std::array kinds{kSourceKind};
    bind_head(fields, kinds);
    fields.required("metadata", body.metadata, {}, "the name that signals call the source by");
    fields.open(Field{"spec", "the server: one kind", {}, true});
    fields.required("prometheus", body.prometheus, {}, PrometheusSettings::help);
    fields.optional("namespaces", body.namespaces, {}, "in a cluster: whose policies may use it (* stands for any text); left out: all");
    fields.close();
}

}  // namespace setpoint
