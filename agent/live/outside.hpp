// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "actuators/actuator.hpp"
#include "actuators/docker_group.hpp"
#include "actuators/watcher.hpp"
#include "agent/live/live_policy.hpp"
#include "agent/live/scheduler.hpp"
#include "clients/clock.hpp"
#include "clients/docker_client.hpp"
#include "clients/docker_watch.hpp"
#include "clients/io_thread.hpp"
#include "collectors/collector.hpp"
#include "collectors/prometheus.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"

namespace setpoint {

/// What drives one policy's target: what watches and sizes it, which may be one thing, and what reads its signals.
struct Attached {
    std::shared_ptr<Watcher> watcher;
    std::shared_ptr<Actuator> actuator;
    std::vector<std::unique_ptr<Collector>> collectors;
    std::vector<std::vector<SignalId>> signals;  // of each collector
    [[nodiscard]] Steered steered() const;
};

/// The servers that policies speak of: one Engine, and each Prometheus once, however many ask it.
class Outside {
public:
    /// Opens nothing yet. Errors: `bad_config` for TLS files that cannot be read.
    [[nodiscard]] static Result<std::unique_ptr<Outside>> make(IoThread& io, const Clock& clock, spdlog::logger& log,
                                                               const DockerEndpoint& engine);

    /// What drives the target `id` of `policy`, which must not outlive this. Sources that cannot be read are told to
    /// the log, once when they begin and once when they are back.
    /// `changed` is called from the I/O thread when the target did.
    [[nodiscard]] Result<Attached> attach(TargetId id, const LivePolicy& policy, DockerGroup::Strays strays, std::function<void()> changed);

    /// Lets go of servers that none of these policies asks.
    void keep_only(const std::vector<LivePolicy>& policies);

    /// Makes ready to ask these servers, so that no policy that names one of them can fail to attach.
    [[nodiscard]] Result<> connect(const std::vector<SourceDocument>& sources);

    [[nodiscard]] DockerClient& docker() { return *docker_; }
    [[nodiscard]] DockerWatch& watch() { return watch_; }

private:
    Outside(IoThread& io, const Clock& clock, spdlog::logger& log, std::unique_ptr<DockerClient> docker)
        : io_(io), clock_(clock), log_(log), docker_(std::move(docker)), watch_(io, *docker_) {}

    void attach_target(TargetId id, const LivePolicy& policy, DockerGroup::Strays strays, std::function<void()> changed,
                       Attached& attached);
    /// The one client of a server; made when it is first asked for.
    [[nodiscard]] Result<PrometheusServer*> server_of(const PrometheusSettings& settings);
    [[nodiscard]] Result<> attach_queries(TargetId id, const LivePolicy& policy, Attached& attached);

    IoThread& io_;
    const Clock& clock_;
    spdlog::logger& log_;
    std::unique_ptr<DockerClient> docker_;
    DockerWatch watch_;
    std::map<PrometheusSettings, std::unique_ptr<PrometheusServer>> prometheus_;
};

}  // namespace setpoint
