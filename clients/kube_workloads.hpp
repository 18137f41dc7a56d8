// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "clients/kube_selector.hpp"
#include "clients/kube_watch.hpp"
#include "core/replicas.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A Deployment, StatefulSet, ReplicaSet or ReplicationController, reduced to what scaling it needs.
struct KubeWorkload {
    Replicas replicas = 0;  // asked for
    Replicas exist = 0;     // its pods, of every revision
    KubeSelector selector;
    bool one_by_one = false;  // a StatefulSet that starts a pod only when the one before serves
    /// Who wrote the size asked for last, and when, where the server tells.
    std::string sized_by = {};
    std::optional<WallTime> sized_at = {};
    /// Pods of an earlier revision that still are, or are to be, replaced.
    enum class Rollout : std::uint8_t { none, going, stuck } rollout = Rollout::none;  // stuck: past its deadline
};

/// `bad_reply` for what is none.
[[nodiscard]] Result<KubeWorkload> read_kube_workload(std::string_view json);

using KubeWorkloads = KubeWatch<KubeWorkload>;

}  // namespace setpoint
