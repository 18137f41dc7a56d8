// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_budgets.hpp"
#include "clients/kube_client.hpp"
#include "clients/kube_discovery.hpp"
#include "clients/kube_nodes.hpp"
#include "clients/kube_pods.hpp"
#include "clients/kube_scalers.hpp"
#include "clients/kube_workloads.hpp"

namespace setpoint {

/// One cluster, and what is watched of it: each once, for everybody who asks, for as long as somebody holds it. What it gives is
/// asked for on the I/O thread, and outlived by it.
class KubeCluster {
public:
    KubeCluster(IoThread& io, std::unique_ptr<KubeClient> client, const Clock& clock)
        : io_(io), client_(std::move(client)), kinds_(io, *client_, clock) {}

    [[nodiscard]] KubeClient& client() { return *client_; }
    [[nodiscard]] KubeDiscovery& kinds() { return kinds_; }

    [[nodiscard]] std::shared_ptr<KubePods> pods(const std::string& ns);
    [[nodiscard]] std::shared_ptr<KubeWorkloads> workloads(const KubeResource& resource, const std::string& ns);
    /// Who else scales there.
    [[nodiscard]] std::shared_ptr<KubeScalers> scalers(const std::string& ns);
    [[nodiscard]] std::shared_ptr<KubeBudgets> budgets(const std::string& ns);
    [[nodiscard]] std::shared_ptr<KubeNodes> nodes();

private:
    template <class T>
    using Known = std::map<std::string, std::weak_ptr<T>>;

    IoThread& io_;
    std::unique_ptr<KubeClient> client_;
    KubeDiscovery kinds_;
    Known<KubePods> pods_;
    Known<KubeWorkloads> workloads_;
    Known<KubeScalers> scalers_;
    Known<KubeBudgets> budgets_;
    Known<KubeNodes> nodes_;  // under no name
};

}  // namespace setpoint
