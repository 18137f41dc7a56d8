// SPDX-License-Identifier: Apache-2.0
#include "policies/absent_pods.hpp"

#include <algorithm>

namespace setpoint {

AbsentPods absent_pods(std::span<const Pod> pods, Time now, Duration start_p99) {
    AbsentPods absent;
    for (const auto& pod : pods) {
        const bool over = pod.phase == PodPhase::failed || pod.phase == PodPhase::succeeded;
        if (over || pod.deleting || pod.serving()) continue;
        const bool may_start = pod.started_at && now - *pod.started_at < start_p99;
        if (pod.unschedulable) ++absent.waiting;
        else if (may_start) ++absent.starting;
        else if (pod.crash_looping) ++absent.lost;
    }
    return absent;
}

Replicas around_lost(const AbsentPods& absent, Replicas replicas, Replicas ready) {
    return std::clamp(absent.lost, 0, std::max(0, std::min(ready, replicas - ready)));
}

}  // namespace setpoint
