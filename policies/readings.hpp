// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/board.hpp"
#include "core/time.hpp"
#include "policies/decision.hpp"
#include "policies/policy.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// The signals of one target as its policies see them at a tick: how old each is, and what that makes of it.
class Readings {
public:
    explicit Readings(const ScalingSpec& spec);

    /// Reads the board anew. Views of what was read before are no longer valid.
    void read(Time now, const TargetBoard& board);

    [[nodiscard]] std::span<const Reading> all() const { return readings_; }  // by SignalId

    /// What a decision says of them.
    void record(std::vector<Seen>& seen) const;

private:
    /// A signal's settings with its companion resolved.
    struct SignalRule {
        Duration max_age{};
        std::optional<SignalId> idle_when;
    };

    [[nodiscard]] Reading reading_of(const SignalRecord& record, Duration max_age, Time now);
    void find_idle(const TargetBoard& board);

    bool exact_;  // compat: hpa
    std::vector<SignalRule> rules_;
    // Room that is kept from tick to tick.
    std::vector<Reading> readings_;
    std::vector<PodReading> fresh_pods_;
};

}  // namespace setpoint
