// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "agent/import/draft.hpp"
#include "agent/import/foreign.hpp"

namespace setpoint {

/// How an entry of `metrics` is written: with `metric` and `target` (v2beta2, v2), or flat (v2beta1, and the annotation of v1).
enum class MetricShape : std::uint8_t { nested, flat };

/// A signal and a policy for each. What has no counterpart is noted, and makes the draft a partial one.
void import_metrics(std::vector<Foreign> metrics, MetricShape shape, Draft& draft);

/// What HPA does without any metric, and v1 with `targetCPUUtilizationPercentage`.
void track_cpu(Draft& draft, std::int64_t percent);

}  // namespace setpoint
