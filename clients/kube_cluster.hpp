// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "clients/io_thread.hpp"
#include "clients/kube_client.hpp"
#include "clients/kube_pods.hpp"
#include "clients/kube_workloads.hpp"

namespace setpoint {

/// One cluster, and what is watched of it: each once, for everybody who asks, for as long as somebody holds it. The watches
/// are on the I/O thread; who calls this must be one thread, and outlive none of what it gave.
class KubeCluster {
public:
    KubeCluster(IoThread& io, std::unique_ptr<KubeClient> client) : io_(io), client_(std::move(client)) {}

    [[nodiscard]] KubeClient& client() { return *client_; }

    [[nodiscard]] std::shared_ptr<KubePods> pods(const std::string& ns);
    [[nodiscard]] std::shared_ptr<KubeWorkloads> workloads(const KubeResource& resource, const std::string& ns);
    /// Who else scales there.
    [[nodiscard]] std::shared_ptr<KubeHpas> hpas(const std::string& ns);

private:
    template <class T>
    using Known = std::map<std::string, std::weak_ptr<T>>;

    IoThread& io_;
    std::unique_ptr<KubeClient> client_;
    Known<KubePods> pods_;
    Known<KubeWorkloads> workloads_;
    Known<KubeHpas> hpas_;
};

}  // namespace setpoint
