// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/diagnostics.hpp"
#include "core/fields.hpp"
#include "core/replicas.hpp"

namespace setpoint {

/// One of three forms: `{ label: app=cart }` a group of plain containers, `{ service: cart }` a Swarm
/// service, `{ project: shop, service: cart }` a Compose service.
struct DockerTarget {
    static constexpr std::string_view kind = "docker";
    static constexpr std::string_view help = "Containers of a Docker Engine";
    std::string label;
    std::string service;
    std::string project;
};

/// What every container of the target carries: a label, or those of a Compose service (one-off runs are none of its
/// replicas), or that of a Swarm's service, of which an Engine has those on its own node.
[[nodiscard]] std::vector<std::string> labels_of(const DockerTarget& target);

/// `target: { kubernetes: { kind: Deployment, name: cart } }`
struct KubernetesTarget {
    static constexpr std::string_view kind = "kubernetes";
    static constexpr std::string_view help = "Anything in the cluster that has a scale subresource, or the floor of another autoscaler";
    std::string object_kind;
    std::string name;
    std::string api_version;  // argoproj.io/v1alpha1; empty: of a kind that is known
    std::string deletion_cost;  // the signal of which the pods with the least go first; empty: the cluster chooses
    friend bool operator==(const KubernetesTarget&, const KubernetesTarget&) = default;
};

void bind(Fields& fields, DockerTarget& target);
void bind(Fields& fields, KubernetesTarget& target);
void validate(const DockerTarget& target, Diagnostics& out);
void validate(const KubernetesTarget& target, Diagnostics& out);

/// Every kind of target: one line each, here and above. Read it with `Fields::tagged`.
using TargetSettings = std::variant<  //
    DockerTarget, KubernetesTarget>;

[[nodiscard]] std::string_view kind_of(const TargetSettings& settings);

/// What two policies must not share: `docker label app=cart`.
[[nodiscard]] std::string identity(const TargetSettings& settings);

void validate(const TargetSettings& settings, Diagnostics& out);

/// The smallest size that a policy may give it: an HPA's floor cannot be 0.
[[nodiscard]] Replicas least_size(const TargetSettings& settings);

}  // namespace setpoint
