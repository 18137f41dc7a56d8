// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/documents/document.hpp"
#include "agent/live/live_policy.hpp"
#include "agent/live/policy_object.hpp"

namespace setpoint {

/// The policies that a cluster's ScalingPolicy objects say. What is wrong with one concerns that one alone: it is left out, or
/// stays as it was last right. Of two for one target that counts which was in force first, or is older. Pure; a value, so that
/// a change can be tried before it counts.
class ClusterPolicies {
public:
    struct Settings {
        bool shadow = false;                  // makes live ones shadow
        std::vector<SourceDocument> sources;  // that policies may name
    };

    /// What became of an object.
    struct Verdict {
        PolicyObject object;
        std::string wrong;                    // why what it says now is not in force; empty: it is
        bool taken = false;                   // because another policy has its target
        std::optional<LivePolicy> good;       // the last that was right
        [[nodiscard]] bool in_force() const { return good.has_value() && !taken; }
    };

    explicit ClusterPolicies(Settings settings) : settings_(std::move(settings)) {}

    /// Takes over all objects that there are now. Whether `all` says something else since.
    bool look(std::vector<PolicyObject> objects);

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
