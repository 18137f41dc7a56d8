// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>

#include "agent/live/orchestrator.hpp"
#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_cluster.hpp"
#include "clients/kube_lease.hpp"
#include "collectors/kube_metrics.hpp"
#include "collectors/kube_target_pods.hpp"
#include "collectors/kube_values.hpp"

namespace setpoint {

/// One Kubernetes cluster: workloads by their scale subresource. One agent at a time, by a Lease.
class KubeOrchestrator final : public Orchestrator {
public:
    /// Opens nothing yet. Errors: `bad_config` for files that cannot be read.
    [[nodiscard]] static Result<std::unique_ptr<KubeOrchestrator>> make(IoThread& io, const Clock& clock, spdlog::logger& log, const ClusterSettings& settings);

    [[nodiscard]] const std::string& name() const override { return name_; }
    void ask(Duration deadline, std::function<void(Result<std::string>)> done) override;
    void claim(const std::string& identity, std::function<void(Result<>)> done) override;
    [[nodiscard]] bool may_write() const override { return lease_.may_write().has_value(); }
    void release() override;
    [[nodiscard]] Result<Attached> attach(TargetId id, const LivePolicy& policy, Use use, std::function<void()> changed) override;

    [[nodiscard]] KubeClient& client() { return cluster_.client(); }

private:
    /// One for each purpose: where an aggregated API or a size is slow, nothing else waits.
    struct Clients {
        std::unique_ptr<KubeClient> cluster;
        std::unique_ptr<KubeClient> metrics;
        std::unique_ptr<KubeClient> lease;
    };

    KubeOrchestrator(IoThread& io, const Clock& clock, spdlog::logger& log, const ClusterSettings& settings, Clients clients);

    void attach_metrics(TargetId id, const LivePolicy& policy, const std::string& ns, const KubeTargetPods& pods, Attached& attached);

    IoThread& io_;
    const Clock& clock_;
    spdlog::logger& log_;
    std::string name_;
    std::string own_namespace_;
    KubeCluster cluster_;
    std::unique_ptr<KubeClient> metrics_client_;
    KubeMetrics metrics_;
    KubeValues values_;
    std::unique_ptr<KubeClient> lease_client_;
    KubeLease lease_;
};

}  // namespace setpoint
