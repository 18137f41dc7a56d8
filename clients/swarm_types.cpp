// SPDX-License-Identifier: Apache-2.0
#include "clients/swarm_types.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "clients/reply_json.hpp"

namespace setpoint {

using namespace reply_json;

namespace {

constexpr std::size_t kMostTasks = 100'000;
constexpr std::size_t kLongestTrouble = 200;

/// The place of a name among the enumerators.
template <class Enum, std::size_t count>
Result<Enum> named(const std::array<std::string_view, count>& names, const std::string& name, const char* what) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return fail(Errc::bad_reply, std::string{what} + " is unknown: '" + name.substr(0, 40) + "'");
    return static_cast<Enum>(found - names.begin());
}

Result<TaskState> task_state(const Json* value) {
    static constexpr std::array<std::string_view, 14> kNames{"new",      "pending",  "assigned", "accepted", "preparing",
                                                             "ready",    "starting", "running",  "complete", "shutdown",
                                                             "failed",   "rejected", "remove",   "orphaned"};
    return named<TaskState>(kNames, text(value), "a task's state");
}

Result<Rollout> rollout(const Json* status) {
    if (status == nullptr || text(member(*status, "State")).empty()) return Rollout::none;
    static constexpr std::array<std::string_view, 7> kNames{
        "", "updating", "paused", "completed", "rollback_started", "rollback_paused", "rollback_completed"};
    return named<Rollout>(kNames, text(member(*status, "State")), "the state of the service's update");
}

Result<void> read_mode(const Json& spec, ServiceDetails& service) {
    const auto* mode = member(spec, "Mode");
    if (mode == nullptr) return fail(Errc::bad_reply, "the service has no mode");
    if (const auto* replicated = member(*mode, "Replicated")) {
        const auto size = count(member(*replicated, "Replicas"));
        if (!size || *size > kMaxReplicas) return fail(Errc::bad_reply, "the service has no number of replicas up to 100000");
        service.replicas = static_cast<Replicas>(*size);
        return {};
    }
    if (member(*mode, "Global") != nullptr) service.mode = ServiceMode::global;
    else if (member(*mode, "ReplicatedJob") != nullptr) service.mode = ServiceMode::replicated_job;
    else if (member(*mode, "GlobalJob") != nullptr) service.mode = ServiceMode::global_job;
    else return fail(Errc::bad_reply, "the service's mode is unknown");
    return {};
}

std::vector<int> host_ports(const Json& spec) {
    std::vector<int> found;
    const auto* ports = member(spec, "EndpointSpec", "Ports");
    if (ports == nullptr || !ports->is_array()) return found;
    for (const auto& port : *ports) {
        const auto number = count(member(port, "PublishedPort")).value_or(0);
        const bool fixed = text(member(port, "PublishMode")) == "host" && number > 0 && number <= 65'535;
        if (fixed) found.push_back(static_cast<int>(number));
    }
    return found;
}

Resources limits_of(const Json& task) {
    Resources limits;
    const auto* stated = member(task, "Spec", "Resources", "Limits");
    if (stated == nullptr) return limits;
    if (const auto nano = positive(member(*stated, "NanoCPUs"))) limits.cpu = *nano / 1e9;
    limits.memory = positive(member(*stated, "MemoryBytes"));
    return limits;
}

Result<ServiceTask> task_of(const Json& json) {
    ServiceTask task;
    task.id = text(member(json, "ID"));
    const auto* status = member(json, "Status");
    if (task.id.empty() || status == nullptr) return fail(Errc::bad_reply, "a task in the list has no ID and Status");
    const auto state = task_state(member(*status, "State"));
    const auto desired = task_state(member(json, "DesiredState"));
    if (!state) return tl::unexpected(state.error());
    if (!desired) return tl::unexpected(desired.error());
    task.state = *state;
    task.desired = *desired;
    task.slot = count(member(json, "Slot")).value_or(0);
    task.node = text(member(json, "NodeID"));
    task.container = text(member(*status, "ContainerStatus", "ContainerID"));
    task.created = stamp(member(json, "CreatedAt"));
    task.changed = stamp(member(*status, "Timestamp"));
    task.trouble = text(member(*status, "Err")).substr(0, kLongestTrouble);
    task.limits = limits_of(json);
    return task;
}

}  // namespace

Result<ServiceDetails> parse_service(std::string_view json) {
    const auto answer = read(json);
    if (!answer) return tl::unexpected(answer.error());
    ServiceDetails service;
    service.id = text(member(*answer, "ID"));
    const auto version = count(member(*answer, "Version", "Index"));
    const auto* spec = member(*answer, "Spec");
    if (service.id.empty() || !version || spec == nullptr) return fail(Errc::bad_reply, "the answer has no ID, Version and Spec of a service");
    service.version = *version;
    service.name = text(member(*spec, "Name"));
    if (const auto mode = read_mode(*spec, service); !mode) return tl::unexpected(mode.error());
    const auto* status = member(*answer, "UpdateStatus");
    const auto state = rollout(status);
    if (!state) return tl::unexpected(state.error());
    service.rollout = *state;
    if (status != nullptr) service.rollout_began = stamp(member(*status, "StartedAt"));
    service.rolls_back = text(member(*spec, "UpdateConfig", "FailureAction")) == "rollback";
    service.image = text(member(*spec, "TaskTemplate", "ContainerSpec", "Image"));
    service.previous_image = text(member(*answer, "PreviousSpec", "TaskTemplate", "ContainerSpec", "Image"));
    service.host_ports = host_ports(*spec);
    const auto most = count(member(*spec, "TaskTemplate", "Placement", "MaxReplicas")).value_or(0);
    service.most_per_node = static_cast<Replicas>(std::min<std::uint64_t>(most, kMaxReplicas));
    service.document = json;
    return service;
}

Result<std::vector<ServiceTask>> parse_tasks(std::string_view json) {
    const auto answer = read(json);
    if (!answer) return tl::unexpected(answer.error());
    if (!answer->is_array()) return fail(Errc::bad_reply, "the answer is no list of tasks");
    if (answer->size() > kMostTasks) return fail(Errc::bad_reply, "the list has more than 100000 tasks");
    std::vector<ServiceTask> tasks;
    tasks.reserve(answer->size());
    for (const auto& item : *answer) {
        auto task = task_of(item);
        if (!task) return tl::unexpected(task.error());
        tasks.push_back(std::move(*task));
    }
    return tasks;
}

Result<std::string> resized(std::string_view document, Replicas size) {
    auto answer = read(document);
    if (!answer) return tl::unexpected(answer.error());
    const auto* replicas = member(*answer, "Spec", "Mode", "Replicated", "Replicas");
    if (replicas == nullptr) return fail(Errc::bad_reply, "the service has no number of replicas");
    auto& spec = (*answer)["Spec"];
    spec["Mode"]["Replicated"]["Replicas"] = size;
    return spec.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace setpoint
