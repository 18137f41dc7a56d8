// SPDX-License-Identifier: Apache-2.0
#include "collectors/catalog.hpp"

#include <type_traits>

namespace setpoint {

void bind(Fields&, CpuSource&) {}
void bind(Fields&, MemorySource&) {}

void bind(Fields& fields, PrometheusSource& source) {
    fields.required("query", source.query, {}, "PromQL whose answer is one number: sum(rate(http_requests_total[1m]))");
    fields.optional("url", source.url, {}, "the server: http://prometheus:9090");
}

std::string_view kind_of(const SourceSettings& settings) {
    return std::visit([](const auto& known) { return std::decay_t<decltype(known)>::kind; }, settings);
}

Dimension dimension_of(const SourceSettings& settings) {
    return std::visit([](const auto& known) { return std::decay_t<decltype(known)>::dimension; }, settings);
}

bool is_per_pod(const SourceSettings& settings) {
    return std::visit([](const auto& known) { return std::decay_t<decltype(known)>::per_pod; }, settings);
}

}  // namespace setpoint
