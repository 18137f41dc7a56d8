// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/replicas.hpp"
#include "policies/policy.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// Several proposals made one.
struct Combined {
    bool valid = false;    // some policy had something to go by; otherwise `wanted` is the current size
    bool missing = false;  // some policy was without data
    bool held = false;     // ... and that kept the size from shrinking
    Replicas wanted = 0;   // rounded up, not yet bounded
    Bounds bounds;         // the document's, or those that a schedule put in their place
    Reason reason;
};

/// A wish as a whole number of replicas: upwards, because at 2.1 replicas' worth of load two are
/// overloaded; an excess of 1e-9 (relative) is floating error and does not count. Never negative.
[[nodiscard]] Replicas rounded_up(double wish);

/// The largest wish (or the smallest, with `Combine::min`); floors only raise; bounds pass to shaping, of
/// several the highest min and the lowest max (where they cross, min holds).
/// Scale-up beats hold beats scale-down: one held policy keeps the size from shrinking.
[[nodiscard]] Combined combine(std::span<const Proposal> proposals, Replicas current, Bounds bounds, Combine how);

}  // namespace setpoint
