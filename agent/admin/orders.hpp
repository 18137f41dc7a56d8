// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <string>
#include <vector>

#include "core/events.hpp"
#include "core/result.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

/// A person's hand on one policy, or on all: what `POST /api/v1/overrides` asks for.
struct Order {
    std::vector<TargetId> targets;
    OverrideSet set;  // without its target
};

/// Reads {"policy": NAME | "all": true, "kind": "pin|pause|pauseDown|off|resume", "replicas": N, "for": "2h",
/// "reason": "..."}. All but `resume` need an expiry (1 s to 30 days) and a reason (at most 200 characters).
/// Errors: `no_data` for a policy that does not exist, `conflict` for one whose own object declares otherwise (its annotations stand
/// above), `bad_config` for everything else that is wrong.
[[nodiscard]] Result<Order> read_order(std::string_view json, const Reducer& control, Time now);

/// What is wrong with such an order whoever gets it: as `read_order`, but for the policies that it names.
[[nodiscard]] Result<> check_order(std::string_view json);

[[nodiscard]] std::string_view name_of(OverrideSet::Kind kind);

}  // namespace setpoint
