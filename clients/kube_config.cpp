// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_config.hpp"

#include <fstream>

#include "clients/secret_file.hpp"

namespace setpoint {
namespace {

std::string value_of(const std::function<const char*(const char*)>& getenv, const char* name) {
    const char* value = getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

}  // namespace

bool is_in_cluster(const std::function<const char*(const char*)>& getenv) {
    return !value_of(getenv, "KUBERNETES_SERVICE_HOST").empty() && !value_of(getenv, "KUBERNETES_SERVICE_PORT").empty();
}

Result<KubeAccess> in_cluster(const std::function<const char*(const char*)>& getenv, const std::string& folder) {
    if (!is_in_cluster(getenv)) {
        return fail(Errc::bad_config, "in-cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; outside a cluster a kubeconfig says where it is");
    }
    KubeAccess access;
    access.name = "in-cluster";
    const auto host = value_of(getenv, "KUBERNETES_SERVICE_HOST");
    const bool v6 = host.find(':') != std::string::npos;
    auto server = parse_server_url("https://" + (v6 ? "[" + host + "]" : host) + ":" + value_of(getenv, "KUBERNETES_SERVICE_PORT"));
    if (!server) return tl::unexpected(in("in-cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT")(server.error()));
    access.server = std::move(*server);
    access.tls.ca_file = folder + "/ca.crt";
    if (!std::ifstream{access.tls.ca_file}) return fail(Errc::bad_config, "in-cluster: cannot read " + access.tls.ca_file);
    access.credentials.token_file = folder + "/token";
    if (auto token = read_secret(access.credentials.token_file); !token) {
        return tl::unexpected(in("in-cluster: is automountServiceAccountToken false?")(token.error()));
    }
    if (auto ns = read_secret(folder + "/namespace"); ns && !ns->empty()) access.own_namespace = std::move(*ns);
    return access;
}

}  // namespace setpoint
