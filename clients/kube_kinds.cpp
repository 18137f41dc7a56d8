// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_kinds.hpp"

#include <algorithm>
#include <array>

namespace setpoint {
namespace {

using enum KubeKind::Sized;

constexpr std::array kKinds{
    KubeKind{"Deployment", "apps", "v1", "deployments", workload},
    KubeKind{"StatefulSet", "apps", "v1", "statefulsets", workload},
    KubeKind{"ReplicaSet", "apps", "v1", "replicasets", workload},
    KubeKind{"ReplicationController", "", "v1", "replicationcontrollers", workload},
    KubeKind{"HorizontalPodAutoscaler", "autoscaling", "v1", "horizontalpodautoscalers", floor},
    KubeKind{"ScaledObject", "keda.sh", "v1alpha1", "scaledobjects", floor},
    KubeKind{"DaemonSet", "apps", "v1", "daemonsets"},
    KubeKind{"Pod", "", "v1", "pods"},
    KubeKind{"Job", "batch", "v1", "jobs"},
    KubeKind{"CronJob", "batch", "v1", "cronjobs"},
    KubeKind{"Service", "", "v1", "services"},
    KubeKind{"Ingress", "networking.k8s.io", "v1", "ingresses"},
    KubeKind{"Namespace", "", "v1", "namespaces"},
    KubeKind{"PersistentVolumeClaim", "", "v1", "persistentvolumeclaims"},
};

}  // namespace

const KubeKind* known_kind(std::string_view kind, std::string_view api_version) {
    const auto* found = std::ranges::find_if(kKinds, [&](const KubeKind& known) {
        return known.kind == kind && (api_version.empty() || known.group == group_of(api_version));
    });
    return found == kKinds.end() ? nullptr : found;
}

std::string_view group_of(std::string_view api_version) {
    const auto slash = api_version.find('/');
    return slash == std::string_view::npos ? std::string_view{} : api_version.substr(0, slash);
}

std::string qualified_plural(const KubeResource& resource) {
    return resource.group.empty() ? resource.plural : resource.plural + "." + resource.group;
}

}  // namespace setpoint
