// SPDX-License-Identifier: Apache-2.0
#include "policies/pod_groups.hpp"

#include "policies/pod_finder.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;

// HPA's flags --horizontal-pod-autoscaler-cpu-initialization-period and -initial-readiness-delay.
constexpr Duration kCpuInitialization = 5min;
constexpr Duration kInitialReadiness = 30s;

PodGroup group_of(const Pod& pod, const PodReading* reading, GroupRules rules, Time now) {
    const bool done = pod.phase == PodPhase::succeeded && rules.unstated == Unstated::trusted;  // HPA still counts it
    const bool over = pod.phase == PodPhase::failed || done;
    if (pod.deleting || over) return PodGroup::ignored;
    // It waits and uses nothing; no value is to be expected of it. HPA expects one.
    if (pod.crash_looping && !pod.serving() && rules.unstated == Unstated::trusted) return PodGroup::ignored;
    if (pod.phase == PodPhase::pending) return PodGroup::unready;
    if (reading == nullptr) return PodGroup::missing;
    if (rules.cpu && tells_of_start(pod, *reading, rules.unstated, now)) return PodGroup::unready;
    return PodGroup::ready;
}

}  // namespace

bool tells_of_start(const Pod& pod, const PodReading& reading, Unstated unstated, Time now) {
    if (!pod.ready) return unstated == Unstated::as_hpa;
    if (!pod.started_at) return !*pod.ready;  // Kubernetes always says both; who says only "ready" means long since
    const Time changed = pod.ready_changed.value_or(*pod.started_at);  // it was not ready before
    if (*pod.started_at + kCpuInitialization > now) {
        return !*pod.ready || reading.measured < changed + reading.window || reading.measured <= *pod.started_at;
    }
    return !*pod.ready && *pod.started_at + kInitialReadiness > changed;
}

void group_pods(std::span<const Pod> pods, std::span<const PodReading> readings, GroupRules rules, Time now,
                std::vector<GroupedPod>& out) {
    out.clear();
    PodFinder<PodReading> reading_of{readings, &PodReading::pod};
    for (const auto& pod : pods) {
        const PodReading* reading = reading_of.find(pod.id);
        out.push_back({group_of(pod, reading, rules, now), &pod, reading});
    }
    PodFinder<Pod> pod_of{pods, &Pod::id};
    for (const auto& reading : readings) {
        if (pod_of.find(reading.pod) == nullptr) out.push_back({PodGroup::stranger, nullptr, &reading});
    }
}

}  // namespace setpoint
