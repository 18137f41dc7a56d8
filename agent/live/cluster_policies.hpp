// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/documents/document.hpp"
#include "agent/live/live_policy.hpp"
#include "agent/live/policy_object.hpp"
#include "policies/guard_settings.hpp"

namespace setpoint {

/// The policies that a cluster's ScalingPolicy objects say. What is wrong with one concerns that one alone: it is left out, or
/// stays as it was last right. Of two for one target that counts which was in force first, or is older; likewise where a budget
/// has no room for the least of all. Pure; a value, so that a change can be tried before it counts.
class ClusterPolicies {
public:
    struct Settings {
        bool shadow = false;                  // makes live ones shadow
        std::vector<SourceDocument> sources;  // that policies may name
        GuardSettings guards;                 // over all of them
        std::size_t shards = 1;               // of which each policy is in one
    };

    /// What became of an object.
    struct Verdict {
        /// Why what the object says now is not in force.
        enum class Trouble : std::uint8_t { none, invalid, taken, over_budget, not_adopted };

        PolicyObject object;
        Trouble trouble = Trouble::none;
        std::string wrong;                    // in words; empty: it is in force
        std::optional<LivePolicy> good;       // the last that was right
        std::optional<LivePolicy> wanted;     // is right as well, and not admitted yet
        bool admitted = false;                // of `good`
        [[nodiscard]] bool in_force() const { return good.has_value() && admitted; }
    };

    explicit ClusterPolicies(Settings settings) : settings_(std::move(settings)) {}

    /// Takes over all objects that there are now. Whether `all` says something else since.
    bool look(std::vector<PolicyObject> objects);
    /// The same objects with other servers to name, and other limits. What was right and is not any more stays as it was.
    void renew(std::vector<SourceDocument> sources, GuardSettings guards);
    /// `tried`, which came of this one by a `look`, cannot be gone over to: says so of each object that it would have changed, and
    /// tries those again with the next look.
    void turn_down(const ClusterPolicies& tried, const std::string& why);

    /// Those in force, in the order they came to be.
    [[nodiscard]] std::vector<LivePolicy> all() const;
    /// Of every object, those in force in the order of `all`.
    [[nodiscard]] const std::vector<Verdict>& verdicts() const { return verdicts_; }

private:
    void read(Verdict& verdict) const;
    void admit();

    Settings settings_;
    std::vector<Verdict> verdicts_;
};

}  // namespace setpoint
