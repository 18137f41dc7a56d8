// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/admin/gallery.hpp"
#include "agent/live/cluster_policies.hpp"
#include "core/time.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// One condition of a ScalingPolicy's status; reasons are HPA's words where they mean the same.
struct PolicyCondition {
    std::string_view type;
    enum class Status : std::uint8_t { yes, no, unknown } status = Status::unknown;
    std::string_view reason;
    std::string message;
};

/// What is written into a ScalingPolicy's status.
struct PolicyStatus {
    std::vector<PolicyCondition> conditions;  // always the same types, in the same order
    std::int64_t generation = 0;              // in force
    std::optional<Replicas> current;
    std::optional<Replicas> desired;
    std::string last_decision;
    std::optional<WallTime> last_scale;
    std::optional<Mode> mode;                 // in force; nothing is without a policy
    Bounds bounds;

    /// What must be told at once; sentences, whose numbers change with every round, wait.
    [[nodiscard]] bool says_the_same(const PolicyStatus& other) const;
};

/// `spec` and `picture`: of its target; null where no policy of the object is in force. `civil` turns the agent's time into
/// that of people.
[[nodiscard]] PolicyStatus status_of(const ClusterPolicies::Verdict& verdict, const ScalingSpec* spec, const Picture* picture,
                                     const std::function<WallTime(Time)>& civil);

/// When each condition last changed, by its place.
using ConditionTimes = std::vector<WallTime>;
/// The merge patch for the status subresource.
[[nodiscard]] std::string status_patch(const PolicyStatus& status, const ConditionTimes& since);

}  // namespace setpoint
