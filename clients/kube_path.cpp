// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_path.hpp"

#include "clients/server_url.hpp"

namespace setpoint {

std::string kube_group_path(const KubeResource& resource) {
    if (resource.group.empty()) return "/api/" + percent_encoded(resource.version);
    return "/apis/" + percent_encoded(resource.group) + "/" + percent_encoded(resource.version);
}

std::string kube_path(const KubeResource& resource, const std::string& ns) {
    auto path = kube_group_path(resource);
    if (!ns.empty()) path += "/namespaces/" + percent_encoded(ns);
    return path + "/" + percent_encoded(resource.plural);
}

std::string kube_path(const KubeResource& resource, const std::string& ns, const std::string& name, const std::string& subresource) {
    const auto path = kube_path(resource, ns) + "/" + percent_encoded(name);
    return subresource.empty() ? path : path + "/" + percent_encoded(subresource);
}

std::string kube_query(const KubeSelection& selection) {
    auto query = kube_path(selection.resource, selection.ns) + "?";
    if (!selection.label_selector.empty()) query += "&labelSelector=" + percent_encoded(selection.label_selector);
    if (!selection.field_selector.empty()) query += "&fieldSelector=" + percent_encoded(selection.field_selector);
    return query;
}

}  // namespace setpoint
