// SPDX-License-Identifier: Apache-2.0
#include "actuators/catalog.hpp"

#include <algorithm>
#include <type_traits>

#include "actuators/docker_plan.hpp"

namespace setpoint {
namespace {

std::string identity_of(const DockerTarget& target) {
    if (!target.label.empty()) return "docker label " + target.label;
    return target.project.empty() ? "docker service " + target.service
                                  : "docker project " + target.project + " service " + target.service;
}

std::string identity_of(const KubernetesTarget& target) { return "kubernetes " + target.object_kind + " " + target.name; }

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
    fields.required("kind", target.object_kind, identifier(), "Deployment, StatefulSet or anything else that scales");
    fields.required("name", target.name, anything(), "its name");
    fields.optional("apiVersion", target.api_version, anything(), "of a kind that Kubernetes does not have itself: argoproj.io/v1alpha1");
}

void validate(const KubernetesTarget&, Diagnostics&) {}

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

}  // namespace setpoint
