// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "core/pods.hpp"
#include "core/samples.hpp"
#include "policies/policy.hpp"

namespace setpoint {

/// What a signal says of the replicas that serve, as one number.
struct MeanOverPods {
    std::optional<double> value;  // absent: `trouble` says why
    Code trouble = Code::none;
    std::size_t pods = 0;  // that were counted; 0 where the sample came without pods
};

/// The mean of a signal over serving pods. A per-pod CPU or memory signal gives the utilization of what
/// those pods request (the sum of usage over the sum of requests, as HPA), any other per-pod signal the
/// plain mean; a mean that came as one, and a scalar, is taken as it is. `reading` must be usable.
[[nodiscard]] MeanOverPods mean_over_pods(const Reading& reading, Dimension dimension, std::span<const Pod> pods);

}  // namespace setpoint
