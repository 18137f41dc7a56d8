// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "clients/kube_pods.hpp"
#include "collectors/kube_pod_usage.hpp"
#include "collectors/kubelet_reading.hpp"

namespace setpoint {

/// What the containers of one node use, by two readings of its kubelet: CPU is counted, and what was used lies between two counts.
struct NodeUsage {
    struct Container {
        KubeletContainer since;               // what the next reading is compared with
        std::optional<PodAmount> cpu;         // cores, between two counts
        std::optional<PodAmount> memory;      // bytes, at an instant
        std::string wrong;                    // why one of them is absent
    };
    using Pod = std::map<std::string, Container>;
    std::unordered_map<std::string, Pod> pods;  // by `namespace/pod`
    bool first = false;                         // by one reading: there is no CPU yet
};

/// Two counts that lie closer together say little: the earlier one is kept for the next.
inline constexpr Duration kShortestSpan = std::chrono::seconds{5};
/// Further apart they say nothing of now.
inline constexpr Duration kLongestSpan = std::chrono::minutes{15};

/// What `reading` says after `before`, which is null for a first one. A count of the same time is the same count: its value stays, and gets
/// old. One that fell, went back in time, or is of a container that began anew is the first of its own.
[[nodiscard]] NodeUsage next_usage(const NodeUsage* before, KubeletReading reading);

/// Of one of its pods, in the shape of metrics.k8s.io. Only the containers that run as long as the pod does, or the one named
/// `container`; as old as the oldest of their values. CPU counted from before the pod started is another pod's.
[[nodiscard]] PodUsage usage_of(const NodeUsage::Pod& seen, const KubePod& pod, PodResource resource, std::string_view container);

}  // namespace setpoint
