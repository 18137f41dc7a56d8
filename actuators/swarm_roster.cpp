// SPDX-License-Identifier: Apache-2.0
#include "actuators/swarm_roster.hpp"

#include <algorithm>
#include <utility>

namespace setpoint {
namespace {

constexpr std::size_t kLongestName = 63;

}  // namespace

Pod SwarmRoster::pod_of(const ServiceTask& task, const Known& known) const {
    Pod pod;
    pod.id = pod_id(task.container.empty() ? task.id : task.container);
    const auto slot = "." + std::to_string(task.slot);
    pod.name = service_.substr(0, kLongestName - slot.size()) + slot;
    // A container with a health check is starting until it is healthy.
    const bool up = task.state == TaskState::starting || task.state == TaskState::running;
    pod.phase = up ? PodPhase::running : PodPhase::pending;
    pod.ready = task.state == TaskState::running;
    pod.deleting = task.leaving();
    pod.unschedulable = task.state == TaskState::pending && !task.trouble.empty();
    if (up) {
        pod.started_at = known.created.time;
        pod.ready_changed = std::max(known.changed.time, known.created.time);  // the clocks of two nodes differ
    }
    pod.requests = task.limits;
    pod.limits = task.limits;
    return pod;
}

std::vector<PodDelta> SwarmRoster::update(const std::vector<ServiceTask>& tasks, Time now, const Translate& translate) {
    const auto see = [&](Moment& moment, const std::optional<WallTime>& stamp) {
        if (moment.stamp && moment.stamp == stamp) return;
        moment = {stamp, stamp ? std::min(translate(*stamp), now) : now};
    };
    std::vector<PodDelta> deltas;
    for (auto& [id, known] : known_) known.present = false;
    for (const auto& task : tasks) {
        if (task.over()) continue;
        auto& known = known_[task.id];
        known.present = true;
        see(known.created, task.created);
        see(known.changed, task.changed);
        const Pod pod = pod_of(task, known);
        if (known.posted == pod) continue;
        if (known.posted && known.posted->id != pod.id) deltas.push_back({target_, true, *known.posted});
        known.posted = pod;
        deltas.push_back({target_, false, pod});
    }
    for (auto it = known_.begin(); it != known_.end();) {
        if (it->second.present) {
            ++it;
            continue;
        }
        if (it->second.posted) deltas.push_back({target_, true, *it->second.posted});
        it = known_.erase(it);
    }
    return deltas;
}

}  // namespace setpoint
