// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/fields.hpp"
#include "core/replicas.hpp"
#include "core/time.hpp"
#include "policies/decision.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// What follows after the wish: stabilization, then rate, then bounds, in HPA v2's order and arithmetic.
///
/// Windows keep one value (the highest and the lowest wish) per 15 s of valid-data time, so that the
/// interval does not change their meaning and a gap restarts them; `compat: hpa` keeps every wish with
/// its time stamp, as HPA does.
class Shaper {
public:
    explicit Shaper(const ScalingSpec& spec);

    /// The size to set. `current` is the size now; `wanted` the combined wish; every stage that changes
    /// something adds to `limits`.
    [[nodiscard]] Replicas shape(Time now, Replicas current, Replicas wanted, Bounds bounds,
                                 std::vector<Limit>& limits);

    /// No valid data on this tick: time does not pass for the windows; when data comes back they restart
    /// from the size at that moment.
    void gap(Time now);

    /// A size was accepted: an event of the rate limits.
    void scaled(Time at, Replicas from, Replicas to);

    friend void bind(Fields& fields, Shaper& shaper);

private:
    // The state is the shaper's own: plain values, bounded by the windows of the behavior.
};

}  // namespace setpoint
