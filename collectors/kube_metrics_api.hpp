// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "collectors/troubles.hpp"
#include "core/result.hpp"

namespace setpoint {

/// An API of metrics, which a server of its own answers behind the API server (an APIService).
struct KubeMetricsApi {
    std::string_view group;
    std::string_view provider;                  // what to install where it is missing
    std::array<std::string_view, 2> versions;   // that we read, newest first
};

inline constexpr KubeMetricsApi kResourceMetrics{"metrics.k8s.io", "metrics-server", {"v1beta1"}};
inline constexpr KubeMetricsApi kCustomMetrics{"custom.metrics.k8s.io", "an adapter such as prometheus-adapter", {"v1beta2", "v1beta1"}};
inline constexpr KubeMetricsApi kExternalMetrics{"external.metrics.k8s.io", "KEDA or an adapter such as prometheus-adapter", {"v1beta1"}};

/// What a failed question to `api` means and what to do about it. `asked`: `pods of namespace shop`. A `no_data` (404) is that
/// the API is not installed.
[[nodiscard]] Trouble explain(const KubeMetricsApi& api, const std::string& asked, const Error& error);

}  // namespace setpoint
