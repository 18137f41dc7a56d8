// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "core/fields.hpp"
#include "core/samples.hpp"

namespace setpoint {

/// `cpu: cpu` or `cpu: { cpu: {} }`
struct CpuSource {
    static constexpr std::string_view kind = "cpu";
    static constexpr std::string_view help = "CPU of the target's own pods, in cores";
    static constexpr Dimension dimension = Dimension::cores;
    static constexpr bool per_pod = true;
};

/// `memory: memory`
struct MemorySource {
    static constexpr std::string_view kind = "memory";
    static constexpr std::string_view help = "Memory of the target's own pods, in bytes, without the page cache";
    static constexpr Dimension dimension = Dimension::bytes;
    static constexpr bool per_pod = true;
};

/// `requests: { prometheus: { query: 'sum(rate(http_requests_total[1m]))' } }`
struct PrometheusSource {
    static constexpr std::string_view kind = "prometheus";
    static constexpr std::string_view help = "An instant query to a Prometheus server; its answer is one number";
    static constexpr Dimension dimension = Dimension::none;
    static constexpr bool per_pod = false;
    std::string query;
    std::string url;  // empty: values come from elsewhere, as in a dry run
};

void bind(Fields& fields, PrometheusSource& source);
void bind(Fields& fields, CpuSource& source);
void bind(Fields& fields, MemorySource& source);

/// Every kind of source: one line each, here and above. Read it with `Fields::tagged`.
using SourceSettings = std::variant<  //
    CpuSource, MemorySource, PrometheusSource>;

[[nodiscard]] std::string_view kind_of(const SourceSettings& settings);
[[nodiscard]] Dimension dimension_of(const SourceSettings& settings);
[[nodiscard]] bool is_per_pod(const SourceSettings& settings);

}  // namespace setpoint
