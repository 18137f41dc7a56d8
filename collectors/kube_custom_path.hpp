// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "collectors/kube_metrics_api.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A metric of each pod, from custom.metrics.k8s.io.
struct KubePodMetric {
    std::string name;
    std::string selector = {};     // of its series, as kubectl writes one; empty: all
};

/// A metric of one object in the policy's namespace, from custom.metrics.k8s.io.
struct KubeObjectMetric {
    std::string name;
    std::string selector = {};
    std::string kind;
    std::string object;            // its name
    std::string api_version = {};  // empty: a kind that Kubernetes itself has
};

/// The sum of a metric's series, from external.metrics.k8s.io.
struct KubeExternalMetric {
    std::string name;
    std::string selector = {};
};

/// Path and query behind `/apis/GROUP/VERSION`, as HPA asks.
[[nodiscard]] std::string metric_path(const KubePodMetric& metric, const std::string& ns, const std::string& pod_selector);
/// `resource`: `services`, `ingresses.networking.k8s.io`. The kind Namespace is the policy's own, whatever its name.
[[nodiscard]] std::string metric_path(const KubeObjectMetric& metric, const std::string& ns, const std::string& resource);
[[nodiscard]] std::string metric_path(const KubeExternalMetric& metric, const std::string& ns);

/// The resource of a kind that Kubernetes itself has; nothing for others.
[[nodiscard]] std::optional<std::string> known_resource(const KubeObjectMetric& metric);

/// The newest version of `api` that both the cluster (its APIGroup) and we know. `bad_reply`: there is none.
[[nodiscard]] Result<std::string> newest_version(const KubeMetricsApi& api, std::string_view group);

}  // namespace setpoint
