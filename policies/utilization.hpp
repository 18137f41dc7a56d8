// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "core/pods.hpp"
#include "core/samples.hpp"
#include "policies/policy.hpp"
#include "policies/share_of.hpp"

namespace setpoint {

/// What a signal says of the replicas that serve, as one number.
struct MeanOverPods {
    std::optional<double> value;  // absent: `trouble` says why
    Code trouble = Code::none;
    std::size_t pods = 0;     // that were counted; 0 where the sample came without pods
    std::size_t without = 0;  // ... and those that state nothing to be a share of
    double whole = 1;         // of each counted pod, on average: what `value` is a share of, in cores or bytes; 1 where it is no share

    /// Why there is no value.
    [[nodiscard]] Reason reason(SignalId signal) const { return {trouble, signal, {static_cast<double>(without)}}; }
};

/// The mean of a signal over serving pods. A per-pod CPU or memory signal gives the utilization of what those pods request, or
/// whatever else it is to be a share of (the sum of usage over the sum of that, as HPA), any other per-pod signal the plain mean;
/// a mean that came as one, and a scalar, is taken as it is. CPU that a pod burnt while it started does not count.
/// `reading` must be usable.
[[nodiscard]] MeanOverPods mean_over_pods(const Reading& reading, const ShareOf& share, std::span<const Pod> pods);

}  // namespace setpoint
