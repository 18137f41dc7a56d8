// SPDX-License-Identifier: Apache-2.0
#include "actuators/swarm_plan.hpp"

namespace setpoint {
namespace {

const char* words_for(ServiceMode mode) {
    switch (mode) {
        case ServiceMode::global: return "global: one task on each node";
        case ServiceMode::replicated_job: return "a job: its tasks end when their work is done";
        case ServiceMode::global_job: return "a job on each node";
        case ServiceMode::replicated: return "replicated";
    }
    return "of no known mode";
}

}  // namespace

Result<void> check_scalable(const ServiceDetails& service, const std::string& name) {
    if (service.name != name) {
        return fail(Errc::refused, "there is no service '" + name + "' (its ID is one of '" + service.name.substr(0, 63) +
                                       "': call a service by its name)");
    }
    if (service.mode == ServiceMode::replicated) return {};
    return fail(Errc::refused, "the service " + name + " has no size, it is " + words_for(service.mode) +
                                   " (remove it and make it again with --mode replicated)");
}

Result<void> check_rollout(const ServiceDetails& service, Replicas wanted, Duration age) {
    const bool down = wanted < service.replicas;
    switch (service.rollout) {
        case Rollout::none:
        case Rollout::completed:
        case Rollout::rolled_back: return {};
        case Rollout::paused:
        case Rollout::rollback_paused:
            return fail(Errc::refused, "its rollout is paused, and another size would start it again: go on with 'docker service update " +
                                           service.name + "', or back with 'docker service rollback " + service.name + "'");
        case Rollout::rolling_back:
            // It goes to a spec that has proved itself: more tasks of that one do no harm.
            if (down) return fail(Errc::refused, "it is going back to what it was before, and shrinks after that");
            return {};
        case Rollout::updating: break;
    }
    if (down) return fail(Errc::refused, "its rollout is under way, and it shrinks after that");
    if (service.rolls_back && age < kRolloutPatience) {
        return fail(Errc::refused, "its rollout is under way, and another size would take its automatic rollback: it grows after "
                                   "that, or when the rollout lasts longer than 15 min");
    }
    return {};
}

TaskCount count(const std::vector<ServiceTask>& tasks) {
    TaskCount found;
    for (const auto& task : tasks) {
        if (task.leaving() || task.over()) continue;
        ++found.exist;
        if (task.state == TaskState::running) ++found.serving;
        if (!task.node.empty()) found.nodes.insert(task.node);
        if (task.state == TaskState::pending && !task.trouble.empty()) found.no_node = task.trouble;
    }
    return found;
}

}  // namespace setpoint
