// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "agent/live/docker_orchestrator.hpp"
#include "agent/live/kube_orchestrator.hpp"
#include "agent/live/live_policy.hpp"
#include "agent/live/orchestrator.hpp"
#include "agent/live/scheduler.hpp"
#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "collectors/prometheus.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"

namespace setpoint {

/// As the scheduler wants it; `key`: what they post with.
[[nodiscard]] Steered steered(const LivePolicy& policy, const Attached& attached, TargetId key);

/// The servers that policies speak of: one orchestrator, and each Prometheus once, however many ask it.
class Outside {
public:
    /// Opens nothing yet. Errors: `bad_config` for TLS files that cannot be read.
    [[nodiscard]] static Result<std::unique_ptr<Outside>> make(IoThread& io, const Clock& clock, spdlog::logger& log, const Whereabouts& where);

    /// What drives the target of `policy` and posts with `key`; it must not outlive this. Sources that cannot be read are told to
    /// the log, once when they begin and once when they are back.
    [[nodiscard]] Result<Attached> attach(TargetId key, const LivePolicy& policy, Orchestrator::Use use, TargetPorts ports);

    /// Lets go of servers that none of these policies asks.
    void keep_only(const std::vector<LivePolicy>& policies);

    /// Makes ready to ask these servers, so that no policy that names one of them can fail to attach.
    [[nodiscard]] Result<> connect(const std::vector<SourceDocument>& sources);

    [[nodiscard]] Orchestrator& orchestrator() { return *orchestrator_; }
    /// The orchestrator, where it is an Engine.
    [[nodiscard]] DockerOrchestrator* engine() { return engine_; }
    /// The orchestrator, where it is a cluster.
    [[nodiscard]] KubeOrchestrator* cluster() { return cluster_; }

private:
    Outside(IoThread& io, const Clock& clock, spdlog::logger& log) : io_(io), clock_(clock), log_(log) {}

    /// The one client of a server; made when it is first asked for.
    [[nodiscard]] Result<PrometheusServer*> server_of(const PrometheusSettings& settings);
    [[nodiscard]] Result<> attach_queries(TargetId id, const LivePolicy& policy, Attached& attached);

    IoThread& io_;
    const Clock& clock_;
    spdlog::logger& log_;
    std::unique_ptr<Orchestrator> orchestrator_;
    DockerOrchestrator* engine_ = nullptr;
    KubeOrchestrator* cluster_ = nullptr;
    std::map<PrometheusSettings, std::unique_ptr<PrometheusServer>> prometheus_;
};

}  // namespace setpoint
