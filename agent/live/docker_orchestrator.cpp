// SPDX-License-Identifier: Apache-2.0
#include "agent/live/docker_orchestrator.hpp"

#include <utility>

#include "actuators/docker_group.hpp"
#include "actuators/swarm_service.hpp"
#include "collectors/docker_stats.hpp"

namespace setpoint {

Result<std::unique_ptr<DockerOrchestrator>> DockerOrchestrator::make(IoThread& io, const Clock& clock, spdlog::logger& log, const DockerSettings& settings) {
    auto docker = DockerClient::connect(io, settings.endpoint);
    if (!docker) return tl::unexpected<Error>(std::move(docker.error()));
    return std::unique_ptr<DockerOrchestrator>{new DockerOrchestrator{io, clock, log, settings, std::move(*docker)}};
}

void DockerOrchestrator::ask(Duration deadline, std::function<void(Result<std::string>)> done) { docker_->engine_id(deadline, std::move(done)); }

void DockerOrchestrator::claim(const std::string& identity, Claim claim) {
    auto lock = EngineLock::take(identity, lock_folders_);
    if (!lock) return claim.done(tl::unexpected<Error>(std::move(lock.error())));
    lock_.emplace(std::move(*lock));
    claim.done(Term{});
}

Result<Attached> DockerOrchestrator::attach(TargetId id, const LivePolicy& policy, Use use, TargetPorts ports) {
    Attached attached;
    if (policy.service.empty()) attach_group(id, policy, use, std::move(ports.changed), attached);
    else attach_service(id, policy, std::move(ports.changed), attached);
    if (!policy.cpu && !policy.memory) return attached;
    attached.collectors.push_back(
        std::make_unique<DockerStats>(io_, *docker_, watch_, clock_, DockerStats::Settings{id, policy.labels, policy.cpu, policy.memory}));
    auto& signals = attached.signals.emplace_back();
    if (policy.cpu) signals.push_back(*policy.cpu);
    if (policy.memory) signals.push_back(*policy.memory);
    return attached;
}

void DockerOrchestrator::attach_group(TargetId id, const LivePolicy& policy, Use use, std::function<void()> changed, Attached& attached) {
    const auto cannot_grow = [this, name = policy.spec.name](const Error& error) {
        log_.warn("{}: a scale-up will be refused: {}", name, error.message);
    };
    const auto strays = use == Use::drive ? DockerGroup::Strays::remove : DockerGroup::Strays::leave;
    auto group = std::make_shared<DockerGroup>(io_, *docker_, watch_, clock_,
                                               DockerGroup::Settings{id, policy.spec.name, policy.labels, strays, std::move(changed), cannot_grow});
    attached.watcher = group;
    attached.actuator = std::move(group);
}

void DockerOrchestrator::attach_service(TargetId id, const LivePolicy& policy, std::function<void()> changed, Attached& attached) {
    const auto reads = policy.cpu || policy.memory ? SwarmNews::Reads::this_engine : SwarmNews::Reads::elsewhere;
    const auto told = [this, name = policy.spec.name](const SwarmNews::Line& line) {
        log_.log(line.trouble ? spdlog::level::warn : spdlog::level::info, "{}: {}", name, line.text);
    };
    auto service = std::make_shared<SwarmService>(io_, *docker_, watch_, clock_,
                                                  SwarmService::Settings{id, policy.service, reads, std::move(changed)}, told);
    attached.watcher = service;
    attached.actuator = std::move(service);
}

}  // namespace setpoint
