// SPDX-License-Identifier: Apache-2.0
#include "collectors/kube_custom_path.hpp"

#include <algorithm>
#include <vector>

#include "clients/kube_kinds.hpp"
#include "clients/reply_json.hpp"
#include "clients/server_url.hpp"

namespace setpoint {
namespace {

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
    const auto* known = known_kind(metric.kind, metric.api_version);
    if (known == nullptr) return std::nullopt;
    return qualified_plural(known->resource());
}

Result<std::string> newest_version(const KubeMetricsApi& api, std::string_view group) {
    const auto json = reply_json::read(group);
    if (!json) return tl::unexpected(json.error());
    const auto* list = reply_json::member(*json, "versions");
    std::vector<std::string> served;
    if (list != nullptr && list->is_array()) {
        for (const auto& version : *list) served.push_back(reply_json::text(reply_json::member(version, "version")));
    }
    for (const auto known : api.versions) {
        if (!known.empty() && std::ranges::find(served, known) != served.end()) return std::string{known};
    }
    std::string seen;
    for (const auto& version : served) seen += (seen.empty() ? "" : ", ") + version;
    return fail(Errc::bad_reply, "none of the versions that the cluster has is known here: " + (seen.empty() ? "it names none" : seen));
}

}  // namespace setpoint
