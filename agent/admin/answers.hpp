// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "agent/admin/gallery.hpp"
#include "agent/admin/ports.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

/// What the answers are made of. On the main thread.
struct AdminView {
    const Reducer& control;
    const Gallery& gallery;
    const AdminPorts& ports;
};

/// One policy at a glance. Times in Unix seconds, ages in seconds, null where something is not known.
[[nodiscard]] nlohmann::ordered_json policy_json(const AdminView& view, TargetId target);

/// The same, with the whole trace of the last decision.
[[nodiscard]] nlohmann::ordered_json policy_in_full_json(const AdminView& view, TargetId target);

/// The agent, and all policies.
[[nodiscard]] nlohmann::ordered_json policies_json(const AdminView& view);

/// The decisions kept of a policy after `since`, oldest first, at most the newest `limit`.
[[nodiscard]] nlohmann::ordered_json decisions_json(const AdminView& view, TargetId target, Time since, std::size_t limit);

}  // namespace setpoint
