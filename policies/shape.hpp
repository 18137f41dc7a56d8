// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/fields.hpp"
#include "core/replicas.hpp"
#include "core/time.hpp"
#include "policies/decision.hpp"
#include "policies/rate.hpp"
#include "policies/spec.hpp"
#include "policies/windows.hpp"

namespace setpoint {

/// The behavior in force: what the document says, and HPA's defaults (up: 100 % or 4 pods in 15 s, at once;
/// down: 100 % in 15 s, after 300 s) where it says nothing.
[[nodiscard]] Behavior effective_behavior(const ScalingSpec& spec);

/// What follows after the wish: stabilization, then rate, then bounds, in HPA v2's order and arithmetic.
///
/// Windows keep one value (the highest or the lowest wish) per 15 s of valid-data time, so that the
/// interval does not change their meaning and a gap restarts them; `compat: hpa` keeps every wish with
/// its time stamp, as HPA does.
class Shaper {
public:
    explicit Shaper(const ScalingSpec& spec);

    /// The target's size is known: the first one seen counts as a wish.
    void met(Time now, Replicas current);

    /// The size to set. `current` is the size now; `wanted` the combined wish; every stage that changes
    /// something adds to `limits`.
    [[nodiscard]] Replicas shape(Time now, Replicas current, Replicas wanted, Bounds bounds,
                                 std::vector<Limit>& limits);

    /// No valid data on this tick: time does not pass for the windows; when data comes back they restart
    /// from the size at that moment. HPA knows no such thing, and its windows go on.
    void gap();

    /// Another agent had the target until now: the windows know nothing, HPA's neither.
    void begin_anew();

    /// A size was accepted that was ordered `at`: an event of the rate limits.
    void scaled(Time at, Replicas from, Replicas to);

    friend void bind(Fields& fields, Shaper& shaper);
    /// What goes over to another agent: the changes of late, and no windows.
    void bind_handover(Fields& fields);

private:
    /// What HPA does to this day for an object without `behavior`: the highest wish of five minutes, at
    /// most max(2 * current, 4) at once, then bounds; no limit downwards.
    [[nodiscard]] Replicas shape_without_behavior(Time now, Replicas current, Replicas wanted, Bounds bounds,
                                                  std::vector<Limit>& limits);
    [[nodiscard]] Replicas stabilize(Time now, Replicas current, Replicas wanted);
    void restart(Time now, Replicas current);

    Behavior rules_;
    bool exact_;
    bool without_behavior_;  // of HPA's own two ways, the one for objects that state no behavior
    bool restart_ = true;    // the windows start from the size at the next valid tick
    ExtremeWindow lowest_;   // of the scale-up window
    ExtremeWindow highest_;  // of the scale-down window
    WishLog log_;            // in their place, for compat: hpa
    RateLimits rate_;
};

}  // namespace setpoint
