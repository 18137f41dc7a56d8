// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "core/pods.hpp"
#include "policies/policy.hpp"

namespace setpoint {

/// At most this many replicas are named of one step down: the orchestrator chooses the others.
inline constexpr Replicas kMostNamed = 20;

/// The `count` serving pods with the least of a signal, least first. Those without a value are not among them.
void least_loaded(const Reading& reading, std::span<const Pod> pods, Replicas count, std::vector<PodId>& out);

}  // namespace setpoint
