// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/fields.hpp"
#include "core/replicas.hpp"
#include "core/time.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// A change of size that was accepted.
struct ScaleEvent {
    Time at{};
    Replicas change = 0;  // negative: downwards
};

/// How far the size may go within the periods of a behavior, given the changes of late.
class RateLimits {
public:
    /// `rules` with their defaults filled in. Without `exact`, of many changes those of the same 32nd of the
    /// longest period count as one at the later time, so that their number is bounded.
    RateLimits(Behavior rules, bool exact);

    void scaled(Time at, Replicas from, Replicas to);

    /// The most that may be asked for now; never below `current`.
    [[nodiscard]] Replicas highest(Time now, Replicas current) const;
    /// The least; never above `current`.
    [[nodiscard]] Replicas lowest(Time now, Replicas current) const;

    friend void bind(Fields& fields, RateLimits& limits);

private:
    [[nodiscard]] std::int64_t start_of_period(Time now, Replicas current, std::int64_t period_seconds) const;

    Behavior rules_;
    bool exact_;
    std::vector<ScaleEvent> events_;
};

void bind(Fields& fields, ScaleEvent& event);

}  // namespace setpoint
