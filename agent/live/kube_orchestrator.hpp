// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "agent/live/orchestrator.hpp"
#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_cluster.hpp"
#include "clients/kube_lease.hpp"
#include "clients/shard_leases.hpp"
#include "collectors/kube_custom.hpp"
#include "collectors/kube_metrics.hpp"
#include "collectors/kube_stats.hpp"
#include "collectors/kube_target_pods.hpp"
#include "collectors/kube_values.hpp"
#include "collectors/kubelets.hpp"

namespace setpoint {

/// One Kubernetes cluster: workloads by their scale subresource. One agent at a time, by a Lease; or several, each the shards whose
/// Leases it holds. One in shadow writes nothing, and is in nobody's way.
class KubeOrchestrator final : public Orchestrator {
public:
    /// Opens nothing yet. Errors: `bad_config` for files that cannot be read.
    [[nodiscard]] static Result<std::unique_ptr<KubeOrchestrator>> make(IoThread& io, const Clock& clock, spdlog::logger& log, const ClusterSettings& settings);

    [[nodiscard]] const std::string& name() const override { return name_; }
    void ask(Duration deadline, std::function<void(Result<std::string>)> done) override;
    void claim(const std::string& identity, Claim claim) override;
    void release() override;
    [[nodiscard]] Result<Attached> attach(TargetId id, const LivePolicy& policy, Use use, TargetPorts ports) override;

    /// In place of `claim`, where there are several shards.
    void share(ShardLeases::Heard heard);
    /// Lets one go, of which nothing is on its way. From any thread.
    void let_go(std::size_t shard);
    /// For how long writes for targets of this shard may be on their way from now on, or why none may begin. From any thread.
    [[nodiscard]] Result<Duration> may_write(std::size_t shard) const;

    [[nodiscard]] KubeClient& client() { return cluster_.client(); }
    /// For what is written down of policies: sizes need not wait for it.
    [[nodiscard]] KubeClient& records_client() { return *records_client_; }

private:
    /// One for each purpose: where an aggregated API or a size is slow, nothing else waits.
    struct Clients {
        std::unique_ptr<KubeClient> cluster;
        std::unique_ptr<KubeClient> metrics;
        std::unique_ptr<KubeClient> lease;
        std::unique_ptr<KubeClient> records;
        std::unique_ptr<KubeletClient> kubelets;  // null: they are not asked
    };

    KubeOrchestrator(IoThread& io, const Clock& clock, spdlog::logger& log, const ClusterSettings& settings, Clients clients);

    using Detoured = std::function<void(const std::string& why)>;
    struct Questions {
        KubeStats::Settings usage;
        KubeCustom::Settings values;
    };
    void attach_metrics(const LivePolicy& policy, Questions questions, Detoured detoured, Attached& attached);
    [[nodiscard]] std::unique_ptr<Collector> usage_of(const LivePolicy& policy, KubeStats::Settings settings, Detoured detoured);
    [[nodiscard]] Kubelets::Told kubelet_told();

    IoThread& io_;
    const Clock& clock_;
    spdlog::logger& log_;
    std::string name_;
    std::string own_namespace_;
    KubeCluster cluster_;
    std::unique_ptr<KubeClient> metrics_client_;
    KubeMetrics metrics_;
    KubeValues values_;
    std::unique_ptr<Kubelets> kubelets_;  // null: they are not asked
    std::unique_ptr<KubeClient> records_client_;
    std::unique_ptr<KubeClient> lease_client_;
    std::optional<KubeLease> lease_;  // none in shadow
    std::optional<ShardLeases> shards_;  // in place of it
};

}  // namespace setpoint
