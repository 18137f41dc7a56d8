// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
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
    WallTime since{};  // when the status last changed: known to the one who writes it (StatusDesk)
};

/// A person's hand, as the status shows it.
struct ShownOverride {
    OverrideSet::Kind kind = OverrideSet::Kind::pause;
    Replicas replicas = 0;  // of a pin
    WallTime until{};
    std::string reason;
    bool declared = false;  // by an annotation
    friend bool operator==(const ShownOverride& a, const ShownOverride& b);
};

/// Agent time as civil time is never quite the same twice: whether two such moments are one.
[[nodiscard]] bool is_same_moment(WallTime a, WallTime b);

/// What is written into a ScalingPolicy's status, but for what only goes along (status_patch).
struct PolicyStatus {
    std::vector<PolicyCondition> conditions;  // always the same types, in the same order
    std::string_view state;                   // in a word: Steady, Scaling, Limited, Holding, ...
    std::int64_t generation = 0;              // that this was said of
    std::optional<Replicas> current;
    std::optional<Replicas> desired;
    std::string last_decision;
    std::optional<WallTime> last_scale;       // by us
    std::optional<ShownOverride> hand;

    /// What must be told at once; sentences, whose numbers change with every round, wait.
    [[nodiscard]] bool says_the_same(const PolicyStatus& other) const;
    [[nodiscard]] const PolicyCondition& condition(std::string_view type) const;
};

/// What a status is made of. `spec` and `picture`: of the target; null where no policy of the object is in force.
struct StatusSources {
    const ScalingSpec* spec = nullptr;
    const Picture* picture = nullptr;
    std::optional<ShownOverride> hand = {};   // in force
    std::string annotation = {};              // what is wrong with the object's annotations
    std::function<WallTime(Time)> civil = {}; // the agent's time as that of people
    std::optional<WallTime> last_scale = {};  // by the agent before this one
};
[[nodiscard]] PolicyStatus status_of(const ClusterPolicies::Verdict& verdict, const StatusSources& seen);

/// True, False or Unknown.
[[nodiscard]] std::string_view name_of(PolicyCondition::Status status);

/// What goes along whenever a status is written, and is no reason to write one. JSON, or text; empty: left out.
struct StatusLuggage {
    std::string effective;   // the settings in force
    std::string learnt;
    std::string agreement;   // of a policy in shadow with the size that is there
    std::string checkpoint;
    std::string resumed;
};

/// The JSON patch that makes this the object's status, in place of whatever was there.
[[nodiscard]] std::string status_patch(const PolicyStatus& status, const StatusLuggage& luggage);

}  // namespace setpoint
