// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/documents/document.hpp"
#include "clients/kube_path.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Whom the permissions are for, and how far they go.
struct RbacScope {
    std::string account_namespace = "setpoint";  // of the agent's service account, and of its Lease
    std::string account = "setpoint";
    std::string lease = "setpoint";
    std::size_t shards = 1;              // with several, a Lease for each, and one for the roll of the agents (shard_leases.hpp)
    std::string name_space = "default";  // of policies that name none
    bool kubelets = false;               // the nodes' kubelets are asked for CPU and memory
    bool cluster_wide = false;           // one ClusterRole for all namespaces, and for whatever policies will be called
    std::map<std::string, KubeResource> resources;  // of kinds that Kubernetes does not have itself; without versions
};

/// The least that an agent needs for these policies: a Role and a RoleBinding a namespace, or one ClusterRole and its binding,
/// for kubelets a ClusterRole more, and what it needs where it runs. `bad_config` for kinds whose plural is not known, all of them at once, a line each.
[[nodiscard]] Result<std::vector<nlohmann::ordered_json>> rbac_for(const std::vector<PolicyDocument>& policies, const RbacScope& scope);

/// `Rollout=rollouts.argoproj.io` into `into`; `bad_config` where it is none.
[[nodiscard]] Result<void> read_resource(const std::string& text, std::map<std::string, KubeResource>& into);

}  // namespace setpoint
