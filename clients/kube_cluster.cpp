// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_cluster.hpp"

namespace setpoint {
namespace {

/// The one that somebody holds, or a new one.
template <class T, class Make>
std::shared_ptr<T> shared(std::map<std::string, std::weak_ptr<T>>& known, const std::string& key, const Make& make) {
    std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
    if (const auto found = known.find(key); found != known.end()) {
        if (auto held = found->second.lock()) return held;
    }
    std::shared_ptr<T> made = make();
    known[key] = made;
    return made;
}

}  // namespace

std::shared_ptr<KubePods> KubeCluster::pods(const std::string& ns) {
    return shared(pods_, ns, [&] { return watch_pods(io_, *client_, ns); });
}

std::shared_ptr<KubeWorkloads> KubeCluster::workloads(const KubeResource& resource, const std::string& ns) {
    return shared(workloads_, kube_path(resource, ns), [&] {
        return std::make_unique<KubeWorkloads>(io_, *client_, KubeSelection{resource, ns}, read_kube_workload);
    });
}

std::shared_ptr<KubeScalers> KubeCluster::scalers(const std::string& ns) {
    return shared(scalers_, ns, [&] { return std::make_unique<KubeScalers>(io_, *client_, kinds_, ns); });
}

std::shared_ptr<KubeBudgets> KubeCluster::budgets(const std::string& ns) {
    return shared(budgets_, ns, [&] { return std::make_unique<KubeBudgets>(io_, *client_, ns); });
}

std::shared_ptr<KubeNodes> KubeCluster::nodes() {
    return shared(nodes_, {}, [&] { return watch_nodes(io_, *client_); });
}

}  // namespace setpoint
