// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/replicas.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What one of several would like of something that may not be enough for all.
struct Claim {
    Replicas floor = 0;  // that it gets in any case
    Replicas wish = 0;   // not below the floor
    Time turn{};         // whose is earlier goes first with what cannot be halved; of equals, whose place is
};

/// The part of `total` that falls to the claim at `self`: everybody gets the same, but nobody less than its floor or more
/// than its wish, and what one leaves is the others' (max-min fairness). All parts together are at most `total`, unless
/// the floors alone are more. Allocates nothing.
[[nodiscard]] Replicas fair_share(std::span<const Claim> claims, std::size_t self, std::int64_t total);

}  // namespace setpoint
