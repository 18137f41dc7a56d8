// SPDX-License-Identifier: Apache-2.0
#include "actuators/docker_roster.hpp"

#include <algorithm>

namespace setpoint {
namespace {

constexpr std::size_t kLongestName = 63;

/// Whether it is a pod at all: what was stopped, or never started, is none.
bool is_pod(const ContainerSummary& container) {
    return container.running() || container.state == ContainerState::restarting;
}

}  // namespace

std::vector<std::string> DockerRoster::to_inspect(const DockerPlan& plan, Time now) {
    std::vector<std::string> wanted;
    std::vector<std::string> settled;
    for (const auto& container : plan.containers()) {
        if (!is_pod(container)) continue;
        const auto known = known_.find(container.id);
        const bool same = known != known_.end() && known->second.state == container.state &&
                          known->second.health == container.health && !known->second.doubtful;
        (same ? settled : wanted).push_back(container.id);
    }
    if (!settled.empty() && now - turned_ >= kInspectAgain) {
        turned_ = now;
        wanted.push_back(settled[turn_++ % settled.size()]);
    }
    return wanted;
}

void DockerRoster::doubt(const std::string& id) {
    if (const auto known = known_.find(id); known != known_.end()) known->second.doubtful = true;
}

void DockerRoster::take(const ContainerDetails& details, std::optional<Time> started) {
    auto& known = known_[details.id];
    known.state = details.state;
    known.health = details.health;
    known.doubtful = false;
    // A start that is the same by the Engine's clock moves by ours with every translation: a little, and by an hour
    // when the civil clock was stepped.
    if (!known.started || details.started != known.stamp) known.started = started;
    known.stamp = details.started;
    known.limits = Resources{details.cpu_limit, details.memory_limit};
}

Pod DockerRoster::pod_of(const ContainerSummary& container, const Known& known, Time now) const {
    Pod pod;
    pod.id = pod_id(container.id);
    pod.name = container.name.substr(0, kLongestName);
    const bool up = container.state == ContainerState::running;
    pod.phase = container.running() ? PodPhase::running : PodPhase::pending;
    pod.ready = up && (container.health == ContainerHealth::none || container.health == ContainerHealth::healthy);
    if (container.running()) pod.started_at = known.started;
    pod.requests = known.limits;
    pod.limits = known.limits;
    if (known.posted && known.pod.ready == pod.ready && known.pod.started_at == pod.started_at) {
        pod.ready_changed = known.pod.ready_changed;
    } else if (container.health == ContainerHealth::none && *pod.ready) {
        pod.ready_changed = pod.started_at;
    } else if (known.posted || !first_look_) {
        pod.ready_changed = now;
    }
    return pod;
}

std::vector<PodDelta> DockerRoster::update(const DockerPlan& plan, const DockerPlan::Ids& leaving, Time now) {
    std::vector<PodDelta> deltas;
    DockerPlan::Ids present;
    for (const auto& container : plan.containers()) {
        const auto known = known_.find(container.id);
        if (!is_pod(container) || known == known_.end()) continue;
        present.insert(container.id);
        Pod pod = pod_of(container, known->second, now);
        pod.deleting = leaving.contains(container.id);
        if (known->second.posted && known->second.pod == pod) continue;
        known->second.posted = true;
        known->second.pod = pod;
        deltas.push_back({target_, false, std::move(pod)});
    }
    for (auto it = known_.begin(); it != known_.end();) {
        if (present.contains(it->first)) {
            ++it;
            continue;
        }
        if (it->second.posted) deltas.push_back({target_, true, it->second.pod});
        it = known_.erase(it);
    }
    first_look_ = false;
    return deltas;
}

Replicas DockerRoster::ready() const {
    return static_cast<Replicas>(std::ranges::count_if(
        known_, [](const auto& entry) { return entry.second.posted && entry.second.pod.serving(); }));
}

}  // namespace setpoint
