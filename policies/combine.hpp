// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/replicas.hpp"
#include "policies/policy.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// Several proposals made one.
struct Combined {
    bool valid = false;        // some policy had something to go by; otherwise `wanted` is the current size
    bool held = false;         // a policy was without data, and that kept the size from shrinking
    Replicas wanted = 0;       // rounded up, not yet bounded
    Bounds bounds;             // the document's, or those that a schedule put in their place
    Reason reason;
};

/// The largest wish (or the smallest, with `Combine::min`); floors only raise; bounds pass to shaping.
/// Scale-up beats hold beats scale-down: one held policy keeps the size from shrinking.
[[nodiscard]] Combined combine(std::span<const Proposal> proposals, Replicas current, Bounds bounds, Combine how);

}  // namespace setpoint
