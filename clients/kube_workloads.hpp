// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/kube_watch.hpp"
#include "core/replicas.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A label selector, as objects hold it: labels and values that must be there, and expressions that must be true.
struct KubeSelector {
    enum class Operator : std::uint8_t { in, not_in, exists, does_not_exist };
    struct Expression {
        std::string label;
        Operator is = Operator::exists;
        std::vector<std::string> values;
    };
    std::map<std::string, std::string> labels;
    std::vector<Expression> expressions;

    /// One that asks for nothing is of no workload: it matches none.
    [[nodiscard]] bool matches(const std::map<std::string, std::string>& these) const;
};

/// A Deployment, StatefulSet, ReplicaSet or ReplicationController, reduced to what scaling it needs.
struct KubeWorkload {
    Replicas replicas = 0;  // asked for
    Replicas exist = 0;     // its pods, of every revision
    KubeSelector selector;
    /// Pods of an earlier revision that still are, or are to be, replaced.
    enum class Rollout : std::uint8_t { none, going, stuck } rollout = Rollout::none;  // stuck: past its deadline
};

/// `bad_reply` for what is none.
[[nodiscard]] Result<KubeWorkload> read_kube_workload(std::string_view json);

/// A HorizontalPodAutoscaler, reduced to what it scales.
struct KubeHpa {
    std::string kind;
    std::string name;
};
[[nodiscard]] Result<KubeHpa> read_kube_hpa(std::string_view json);

/// The resource of a kind that Kubernetes itself has, with a scale: of Deployment, StatefulSet, ReplicaSet and
/// ReplicationController.
[[nodiscard]] std::optional<KubeResource> built_in_workload(std::string_view kind);

using KubeWorkloads = KubeWatch<KubeWorkload>;
using KubeHpas = KubeWatch<KubeHpa>;

}  // namespace setpoint
