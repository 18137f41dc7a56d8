// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "clients/kube_config.hpp"
#include "core/result.hpp"

namespace setpoint {

/// How to reach a cluster, as kubectl does: the files of KUBECONFIG, or ~/.kube/config; of each name the first one counts.
/// `context`: empty for the current one. `bad_config`, with the file and what to change: no file, a name that is nowhere, and
/// what is not supported: a server that is not verified (insecure-skip-tls-verify, plain HTTP), passwords, auth providers, proxies.
[[nodiscard]] Result<KubeAccess> read_kubeconfig(const std::function<const char*(const char*)>& getenv, const std::string& context);

}  // namespace setpoint
