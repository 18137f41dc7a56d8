// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "clients/rest_http.hpp"
#include "clients/server_url.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A program that prints a token (client.authentication.k8s.io).
struct KubeExec {
    std::string api_version;
    std::string command;
    std::vector<std::string> arguments;
    std::map<std::string, std::string> environment;  // beside our own
};

/// Who we are: at most one of these; none where a client certificate says it. Secrets are in no message.
struct KubeCredentials {
    std::string token;       // secret; does not rotate
    std::string token_file;  // read anew for each request
    std::optional<KubeExec> exec;
};

/// Where the API server is and who we are to it.
struct KubeAccess {
    ServerUrl server;                  // always TLS
    TlsFiles tls;                      // verified against the cluster's CA alone
    std::string server_name;           // that the certificate must have; empty: the server's host
    KubeCredentials credentials;
    std::string own_namespace = "default";
    std::string name;                  // for messages: `in-cluster`, `context lab of /home/ann/.kube/config`
};

/// Where a pod finds its service account.
inline constexpr const char* kServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Whether this process runs in a pod. `getenv` answers nullptr where a name is not set.
[[nodiscard]] bool is_in_cluster(const std::function<const char*(const char*)>& getenv);

/// The access of a pod's service account; token and CA are files, which rotate. `bad_config` where one is missing.
[[nodiscard]] Result<KubeAccess> in_cluster(const std::function<const char*(const char*)>& getenv,
                                            const std::string& folder = kServiceAccount);

}  // namespace setpoint
