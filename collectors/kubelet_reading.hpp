// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What a kubelet counts of one container.
struct KubeletContainer {
    struct Count {
        double value = 0;
        WallTime time{};              // when it was counted, by the node's clock
        friend bool operator==(const Count&, const Count&) = default;
    };
    std::optional<Count> cpu;         // seconds of one core, since the container began
    std::optional<Count> memory;      // bytes
    std::optional<double> began;      // Unix seconds; said since Kubernetes 1.21
    std::string wrong;                // the first thing in it that makes no sense; the value concerned is absent
};

/// All containers of a node: by `namespace/pod`, and then by name.
using KubeletReading = std::unordered_map<std::string, std::map<std::string, KubeletContainer>>;

/// Reads a kubelet's /metrics/resource (Prometheus' text format, with times). What is wrong with one container concerns that one alone;
/// of one that is named twice the newest counts. `bad_reply` for what is no such text, ends within a line, or is too long.
[[nodiscard]] Result<KubeletReading> parse_kubelet_reading(std::string_view text);

}  // namespace setpoint
