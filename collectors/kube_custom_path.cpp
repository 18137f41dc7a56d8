// SPDX-License-Identifier: Apache-2.0
#include "collectors/kube_custom_path.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "clients/engine_json.hpp"
#include "clients/kube_path.hpp"
#include "clients/server_url.hpp"

namespace setpoint {
namespace {

struct KnownKind {
    std::string_view group;
    std::string_view kind;
    std::string_view plural;
};

// Those that metrics describe; of the others the apiVersion says where to look.
constexpr std::array kKnownKinds{
    KnownKind{"", "Namespace", "namespaces"},
    KnownKind{"", "Pod", "pods"},
    KnownKind{"", "Service", "services"},
    KnownKind{"", "PersistentVolumeClaim", "persistentvolumeclaims"},
    KnownKind{"", "ReplicationController", "replicationcontrollers"},
    KnownKind{"apps", "Deployment", "deployments"},
    KnownKind{"apps", "ReplicaSet", "replicasets"},
    KnownKind{"apps", "StatefulSet", "statefulsets"},
    KnownKind{"apps", "DaemonSet", "daemonsets"},
    KnownKind{"batch", "Job", "jobs"},
    KnownKind{"batch", "CronJob", "cronjobs"},
    KnownKind{"networking.k8s.io", "Ingress", "ingresses"},
};

struct GroupVersion {
    std::string group;
    std::string version;
};

GroupVersion split(const std::string& api_version) {
    const auto slash = api_version.find('/');
    if (slash == std::string::npos) return {"", api_version};
    return {api_version.substr(0, slash), api_version.substr(slash + 1)};
}

std::string qualified(std::string_view plural, std::string_view group) {
    return group.empty() ? std::string{plural} : std::string{plural} + "." + std::string{group};
}

std::string with_parameter(std::string path, const char* name, const std::string& value) {
    if (value.empty()) return path;
    path += path.find('?') == std::string::npos ? '?' : '&';
    return path + name + "=" + percent_encoded(value);
}

std::string in_namespace(const std::string& ns) { return "/namespaces/" + percent_encoded(ns) + "/"; }

}  // namespace

std::string metric_path(const KubePodMetric& metric, const std::string& ns, const std::string& pod_selector) {
    auto path = with_parameter(in_namespace(ns) + "pods/*/" + percent_encoded(metric.name), "labelSelector", pod_selector);
    return with_parameter(std::move(path), "metricLabelSelector", metric.selector);
}

std::string metric_path(const KubeObjectMetric& metric, const std::string& ns, const std::string& resource) {
    const auto of = resource == "namespaces" ? "metrics" : percent_encoded(resource) + "/" + percent_encoded(metric.object);
    return with_parameter(in_namespace(ns) + of + "/" + percent_encoded(metric.name), "metricLabelSelector", metric.selector);
}

std::string metric_path(const KubeExternalMetric& metric, const std::string& ns) {
    return with_parameter(in_namespace(ns) + percent_encoded(metric.name), "labelSelector", metric.selector);
}

std::optional<std::string> known_resource(const KubeObjectMetric& metric) {
    const auto group = split(metric.api_version).group;
    const auto* found = std::ranges::find_if(kKnownKinds, [&](const KnownKind& known) {
        return known.kind == metric.kind && (metric.api_version.empty() || known.group == group);
    });
    if (found == kKnownKinds.end()) return std::nullopt;
    return qualified(found->plural, found->group);
}

Result<std::string> discovery_path(const std::string& api_version) {
    const auto [group, version] = split(api_version);
    if (version.empty() || version.find('/') != std::string::npos) {
        return fail(Errc::bad_config, "the apiVersion of a described object is like example.com/v1, it was '" + api_version + "'");
    }
    return kube_group_path({group, version, {}});
}

Result<std::string> find_resource(const KubeObjectMetric& metric, std::string_view resources) {
    const auto json = engine_json::read(resources);
    if (!json) return tl::unexpected(json.error());
    const auto* list = engine_json::member(*json, "resources");
    if (list == nullptr || !list->is_array()) return fail(Errc::bad_reply, "the answer makes no sense: no resources");
    for (const auto& resource : *list) {
        const auto plural = engine_json::text(engine_json::member(resource, "name"));
        const bool is_part = plural.find('/') != std::string::npos;  // a subresource
        if (!is_part && !plural.empty() && engine_json::text(engine_json::member(resource, "kind")) == metric.kind) {
            return qualified(plural, split(metric.api_version).group);
        }
    }
    return fail(Errc::bad_config, "the cluster has no kind " + metric.kind + " in " + metric.api_version);
}

Result<std::string> newest_version(const KubeMetricsApi& api, std::string_view group) {
    const auto json = engine_json::read(group);
    if (!json) return tl::unexpected(json.error());
    const auto* list = engine_json::member(*json, "versions");
    std::vector<std::string> served;
    if (list != nullptr && list->is_array()) {
        for (const auto& version : *list) served.push_back(engine_json::text(engine_json::member(version, "version")));
    }
    for (const auto known : api.versions) {
        if (!known.empty() && std::ranges::find(served, known) != served.end()) return std::string{known};
    }
    std::string seen;
    for (const auto& version : served) seen += (seen.empty() ? "" : ", ") + version;
    return fail(Errc::bad_reply, "none of the versions that the cluster has is known here: " + (seen.empty() ? "it names none" : seen));
}

}  // namespace setpoint
