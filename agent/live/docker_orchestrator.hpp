// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <optional>
#include <string>

#include "agent/live/engine_lock.hpp"
#include "agent/live/orchestrator.hpp"
#include "clients/clock.hpp"
#include "clients/docker_client.hpp"
#include "clients/docker_watch.hpp"
#include "clients/io_thread.hpp"

namespace setpoint {

/// One Docker Engine: containers that are made and removed, and Swarm services. One agent at a time, by a lock on this host.
class DockerOrchestrator final : public Orchestrator {
public:
    /// Opens nothing yet. Errors: `bad_config` for TLS files that cannot be read.
    [[nodiscard]] static Result<std::unique_ptr<DockerOrchestrator>> make(IoThread& io, const Clock& clock, spdlog::logger& log,
                                                                          const DockerSettings& settings);

    [[nodiscard]] const std::string& name() const override { return name_; }
    void ask(Duration deadline, std::function<void(Result<std::string>)> done) override;
    void claim(const std::string& identity, Claim claim) override;
    [[nodiscard]] Result<Attached> attach(TargetId id, const LivePolicy& policy, Use use, TargetPorts ports) override;

    [[nodiscard]] DockerClient& docker() { return *docker_; }
    [[nodiscard]] DockerWatch& watch() { return watch_; }

private:
    DockerOrchestrator(IoThread& io, const Clock& clock, spdlog::logger& log, const DockerSettings& settings, std::unique_ptr<DockerClient> docker)
        : io_(io), clock_(clock), log_(log), name_("the Engine at " + settings.endpoint.name), lock_folders_(settings.lock_folders), docker_(std::move(docker)), watch_(io, *docker_) {}

    void attach_group(TargetId id, const LivePolicy& policy, Use use, std::function<void()> changed, Attached& attached);
    void attach_service(TargetId id, const LivePolicy& policy, std::function<void()> changed, Attached& attached);

    IoThread& io_;
    const Clock& clock_;
    spdlog::logger& log_;
    std::string name_;
    std::vector<std::filesystem::path> lock_folders_;
    std::optional<EngineLock> lock_;
    std::unique_ptr<DockerClient> docker_;
    DockerWatch watch_;
};

}  // namespace setpoint
