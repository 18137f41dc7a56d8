// SPDX-License-Identifier: Apache-2.0
#include "actuators/catalog.hpp"

#include <algorithm>
#include <type_traits>

#include "actuators/docker_plan.hpp"
#include "clients/kube_discovery.hpp"
#include "clients/kube_kinds.hpp"

namespace setpoint {
namespace {

std::string identity_of(const DockerTarget& target) {
    if (!target.label.empty()) return "docker label " + target.label;
    return target.project.empty() ? "docker service " + target.service
                                  : "docker project " + target.project + " service " + target.service;
}

/// Two groups may have a kind of the same name.
std::string identity_of(const KubernetesTarget& target) {
    const auto text = "kubernetes " + target.object_kind + " " + target.name;
    const bool known = known_kind(target.object_kind, target.api_version) != nullptr;
    return known ? text : text + " of " + std::string{group_of(target.api_version)};
}

}  // namespace

std::vector<std::string> labels_of(const DockerTarget& target) {
    if (!target.label.empty()) return {target.label};
    if (target.project.empty()) return {"com.docker.swarm.service.name=" + target.service};
    return {"com.docker.compose.project=" + target.project, "com.docker.compose.service=" + target.service,
            "com.docker.compose.oneoff=False"};
}

void bind(Fields& fields, DockerTarget& target) {
    fields.optional("label", target.label, anything(), "the label that all containers of a group carry: app=cart");
    fields.optional("service", target.service, anything(), "a Swarm service, or with project a Compose service");
    fields.optional("project", target.project, anything(), "the Compose project that the service belongs to");
}

void bind(Fields& fields, KubernetesTarget& target) {
    fields.required("kind", target.object_kind, identifier(), "Deployment, StatefulSet or anything else that scales; HorizontalPodAutoscaler or ScaledObject: its floor");
    fields.required("name", target.name, anything(), "its name");
    fields.optional("apiVersion", target.api_version, anything(), "of a kind that neither Kubernetes nor KEDA has: argoproj.io/v1alpha1");
    fields.optional("deletionCost", target.deletion_cost, identifier(), "the pods with the least of this signal go first; by default the cluster chooses");
}

void validate(const KubernetesTarget& target, Diagnostics& out) {
    if (!target.api_version.empty()) {
        if (const auto path = discovery_path(target.api_version); !path) out.error("apiVersion", "must be like apps/v1, was '" + target.api_version.substr(0, 80) + "'");
    }
    const auto* known = known_kind(target.object_kind, target.api_version);
    if (known != nullptr && known->sized == KubeKind::Sized::no) out.error("kind", "must be something that has a size, and a " + target.object_kind + " has none");
    if (known == nullptr && target.api_version.empty()) {
        out.error("apiVersion", "must say where the kind " + target.object_kind + " is, as in argoproj.io/v1alpha1: neither Kubernetes nor KEDA has it");
    }
    if (!target.deletion_cost.empty() && target.object_kind == "StatefulSet") {
        out.error("deletionCost", "has no effect on a StatefulSet, of which the pod with the highest number goes first");
    }
}

void validate(const DockerTarget& target, Diagnostics& out) {
    if (target.label.empty() == target.service.empty()) {
        out.error("", "must have either label (a group of containers) or service (of a Swarm, or with project of Compose)");
        return;
    }
    if (target.label.empty()) return;
    if (!target.project.empty()) {
        out.error("project", "belongs to a service, not to a label");
    }
    const auto name = target.label.substr(0, target.label.find('='));
    const bool odd = std::ranges::any_of(target.label, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (name.empty() || odd || target.label.size() > 512) {
        out.error("label", "must be a label as name=value, at most 512 characters, was '" + target.label.substr(0, 80) + "'");
    } else if (name == kPolicyMark || name == kOperationMark) {
        out.error("label", "must not be one of setpoint's own marks, was '" + target.label + "'");
    }
}

std::string_view kind_of(const TargetSettings& settings) {
    return std::visit([](const auto& known) { return std::decay_t<decltype(known)>::kind; }, settings);
}

std::string identity(const TargetSettings& settings) {
    return std::visit([](const auto& known) { return identity_of(known); }, settings);
}

void validate(const TargetSettings& settings, Diagnostics& out) {
    std::visit([&](const auto& known) { validate(known, out); }, settings);
}

Replicas least_size(const TargetSettings& settings) {
    const auto* target = std::get_if<KubernetesTarget>(&settings);
    return target != nullptr && target->object_kind == "HorizontalPodAutoscaler" ? 1 : 0;
}

}  // namespace setpoint
