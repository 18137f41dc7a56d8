// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/known_kinds.hpp"

#include <algorithm>
#include <array>

namespace setpoint {
namespace {

struct Known {
    std::string_view kind;
    std::string_view plural;
    std::string_view group;
};

constexpr std::array<Known, 11> kKnown{{
    {"Deployment", "deployments", "apps"},
    {"StatefulSet", "statefulsets", "apps"},
    {"ReplicaSet", "replicasets", "apps"},
    {"ReplicationController", "replicationcontrollers", ""},
    {"HorizontalPodAutoscaler", "horizontalpodautoscalers", "autoscaling"},
    {"DaemonSet", "daemonsets", "apps"},
    {"Pod", "pods", ""},
    {"Service", "services", ""},
    {"Ingress", "ingresses", "networking.k8s.io"},
    {"Namespace", "namespaces", ""},
    {"Job", "jobs", "batch"},
}};

}  // namespace

std::optional<KubernetesResource> known_resource(std::string_view kind) {
    const auto found = std::ranges::find(kKnown, kind, &Known::kind);
    if (found == kKnown.end()) return std::nullopt;
    return KubernetesResource{std::string{found->plural}, std::string{found->group}};
}

std::string_view group_of(std::string_view api_version) {
    const auto slash = api_version.find('/');
    return slash == std::string_view::npos ? std::string_view{} : api_version.substr(0, slash);
}

}  // namespace setpoint
