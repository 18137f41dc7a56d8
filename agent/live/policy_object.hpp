// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/live/policy_annotations.hpp"
#include "clients/kube_watch.hpp"
#include "core/result.hpp"

namespace setpoint {

inline const KubeResource kScalingPolicies{"setpoint.dev", "v1alpha1", "scalingpolicies"};

/// A ScalingPolicy of the cluster, without what others keep in it.
struct PolicyObject {
    std::string ns;
    std::string name;
    std::uint64_t uid = 0;         // hash_of the UID
    std::string full_uid;          // as Events want it
    std::int64_t generation = 0;   // of the spec
    std::string created;           // its stamp; sorts by time
    std::string target;            // `shop/Deployment/cart`, right or wrong; of one that names none, the policy itself
    std::string document;          // as parse_object wants it
    std::string unreadable;        // why there is none; empty: there is
    PolicyAnnotations annotations;

    [[nodiscard]] std::string key() const { return ns + "/" + name; }
    friend bool operator==(const PolicyObject&, const PolicyObject&) = default;
};

/// `bad_reply` for what is none, or larger than 2 MiB, which no API server stores. A spec of more than 256 KiB is unreadable.
[[nodiscard]] Result<PolicyObject> read_policy_object(std::string_view json);

/// What the status of a ScalingPolicy keeps for who leads next.
struct PolicyMemory {
    struct Condition {
        std::string type;
        std::string status;
        std::string reason;
        std::optional<WallTime> since;
    };
    std::string checkpoint;                // as encode(StatusCheckpoint) made it
    std::string resumed;                   // the last `resume` that was followed
    std::optional<WallTime> last_scale;
    std::vector<Condition> conditions;

    [[nodiscard]] const Condition* condition(std::string_view type) const;
};
[[nodiscard]] PolicyMemory read_policy_memory(std::string_view json);

using PolicyObjects = KubeWatch<PolicyObject>;

}  // namespace setpoint
