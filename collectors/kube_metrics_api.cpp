// SPDX-License-Identifier: Apache-2.0
#include "collectors/kube_metrics_api.hpp"

namespace setpoint {

Trouble explain(const KubeMetricsApi& api, const std::string& asked, const Error& error) {
    const std::string group{api.group};
    const auto say = [&](std::string kind, Errc code, const std::string& what) {
        return Trouble{std::move(kind), {code, asked + ": " + what, error.status}};
    };
    if (error.code == Errc::no_data) {
        return say("not installed", Errc::refused, "the cluster has no " + group + ": install " + std::string{api.provider} + " (" + error.message + ")");
    }
    if (error.status == 503) {
        return say("unavailable", Errc::unreachable,
                   group + " is installed and does not answer: `kubectl get apiservices` and the logs of its server say why (" + error.message + ")");
    }
    if (error.status == 403) {
        return say("forbidden", Errc::refused, "the agent's Role lacks a permission in API group " + group + ": " + error.message);
    }
    return say("failed " + std::to_string(static_cast<int>(error.code)), error.code, group + ": " + error.message);
}

}  // namespace setpoint
