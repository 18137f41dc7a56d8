// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <string_view>
#include <vector>

#include "agent/live/policy_object.hpp"
#include "core/ids.hpp"

namespace setpoint {

/// More would be asked after once a second by each agent for little.
inline constexpr std::size_t kMostShards = 32;

/// In which of `shards` a policy is, by what it scales (PolicyObject::target): all policies for one target are in the same one, where it
/// is seen that they are in conflict. All agents of all versions must agree on it: FNV-1a (64 bits), whose upper half is folded into the
/// lower one, since the lower bits alone see little of a long name; modulo `shards`.
[[nodiscard]] constexpr std::size_t shard_of(std::string_view target, std::size_t shards) {
    const auto hash = hash_of(target);
    return static_cast<std::size_t>((hash ^ hash >> 32U) % shards);
}

/// Those of them that are in one of the shards `held`.
[[nodiscard]] inline std::vector<PolicyObject> of_shards(const std::vector<PolicyObject>& objects, const std::set<std::size_t>& held, std::size_t shards) {
    std::vector<PolicyObject> found;
    std::ranges::copy_if(objects, std::back_inserter(found), [&](const PolicyObject& object) { return held.contains(shard_of(object.target, shards)); });
    return found;
}

}  // namespace setpoint
