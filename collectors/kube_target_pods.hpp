// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "clients/kube_pods.hpp"
#include "core/ids.hpp"

namespace setpoint {

/// Visits the pods of one target, as its watcher knows them at that moment: ID (of the UID, as as_pod gives it) and name. Called
/// only on the I/O thread.
using KubeTargetPods = std::function<void(const std::function<void(PodId, const std::string& name, const KubePod&)>&)>;

/// How long a pod may run until somebody should have measured it.
inline constexpr Duration kFirstMetrics = std::chrono::minutes{2};

/// Whether a pod that has no metrics is worth a word: it has run for a while, and is to go on.
[[nodiscard]] inline bool should_be_measured(const KubePod& pod, WallTime now) {
    return pod.phase == PodPhase::running && !pod.deleting && pod.started != 0 && WallTime{std::chrono::seconds{pod.started}} + kFirstMetrics < now;
}

}  // namespace setpoint
