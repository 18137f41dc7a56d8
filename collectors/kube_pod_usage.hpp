// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "clients/kube_pods.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

enum class PodResource : std::uint8_t { cpu, memory };

/// What metrics.k8s.io says of one pod.
struct PodUsage {
    struct Container {
        std::string name;
        std::optional<double> cpu;     // cores
        std::optional<double> memory;  // bytes
    };
    std::vector<Container> containers;
    WallTime measured{};               // the end of the window, by the cluster's clock
    Duration window{};
    std::string wrong;                 // the first thing in it that makes no sense; the values concerned are absent
    bool dated = false;                // whether `measured` and `window` could be read
};

/// A page of a PodMetricsList, by the pods' names.
struct PodUsagePage {
    std::unordered_map<std::string, PodUsage> pods;
    std::string more;                  // the `continue` of the next page; empty: this was the last one
};

/// Reads a PodMetricsList (metrics.k8s.io/v1beta1). What is wrong with one pod concerns that pod alone; `bad_reply` for what is no
/// such list. Of a pod that is named twice the newest counts.
[[nodiscard]] Result<PodUsagePage> parse_pod_usage(std::string_view json);

/// What a pod used, in cores or bytes.
struct PodAmount {
    double value = 0;
    WallTime measured{};
    Duration window{};
};

/// Whether what was measured then tells of this pod. `no_data`, with the reason: another pod had this name then, or it is in a future
/// more than 30 s away.
[[nodiscard]] Result<void> check_time(WallTime measured, const KubePod& pod, WallTime now);

/// The sum over the containers that run as long as the pod does (KubePodTemplate::containers), or the one named `container`. Others, such as
/// one for debugging, do not count. `no_data`, with the reason, where one of them has no value, and by check_time.
[[nodiscard]] Result<PodAmount> amount_of(const PodUsage& usage, const KubePod& pod, PodResource resource, std::string_view container, WallTime now);

}  // namespace setpoint
