// SPDX-License-Identifier: Apache-2.0
#pragma once

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

void bind(Fields& fields, CpuSource& source);
void bind(Fields& fields, MemorySource& source);

/// Every kind of source: one line each, here and above. Read it with `Fields::tagged`.
using SourceSettings = std::variant<  //
    CpuSource, MemorySource>;

[[nodiscard]] std::string_view kind_of(const SourceSettings& settings);
[[nodiscard]] Dimension dimension_of(const SourceSettings& settings);
[[nodiscard]] bool is_per_pod(const SourceSettings& settings);

}  // namespace setpoint
