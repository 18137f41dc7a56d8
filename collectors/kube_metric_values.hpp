// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// One item of a MetricValueList or an ExternalMetricValueList.
struct KubeMetricValue {
    std::string object;   // the name of what it describes; empty for an external one
    double value = 0;
    WallTime measured{};  // the end of the window, by the clock of who measured it
    Duration window{};    // 0: an instant
    std::string wrong;    // why the rest does not count
};

/// Reads the answers of custom.metrics.k8s.io (v1beta1, v1beta2) and external.metrics.k8s.io (v1beta1). `bad_reply` for what is no such list.
[[nodiscard]] Result<std::vector<KubeMetricValue>> parse_metric_values(std::string_view json);

/// The value of an object: there must be one. `no_data`: there is none; `bad_reply`: several, or one that makes no sense.
[[nodiscard]] Result<KubeMetricValue> only_value(const std::vector<KubeMetricValue>& values);

/// The sum of all series, as old as the oldest and over the longest window of them. `no_data`: there is none; `bad_reply`: one of them makes no sense,
/// and a part is not the sum.
[[nodiscard]] Result<KubeMetricValue> sum_of(const std::vector<KubeMetricValue>& values);

}  // namespace setpoint
