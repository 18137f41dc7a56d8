// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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
    std::string document;          // as parse_object wants it

    [[nodiscard]] std::string key() const { return ns + "/" + name; }
};

/// `bad_reply` for what is none, or larger than 256 KiB.
[[nodiscard]] Result<PolicyObject> read_policy_object(std::string_view json);

using PolicyObjects = KubeWatch<PolicyObject>;

}  // namespace setpoint
