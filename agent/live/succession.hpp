// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "agent/journal/checkpoint.hpp"
#include "core/events.hpp"
#include "core/time.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// What the agent before left of a target.
struct Left {
    std::string state;  // as Reducer::handover gave it
    Time written{};     // by its agent time
    Time at{};          // the same moment by ours
};

/// Nobody else can have decided within so long: a Lease lasts longer.
inline constexpr Duration kStillOurs = std::chrono::seconds{10};

/// What an agent that begins to lead has to be told of a target, which it itself decided for at `last` before: what another one
/// left, where that is newer; that another one may have led since; nothing where all that it knows is its own, and new.
[[nodiscard]] inline std::optional<Handover> succession(std::optional<Time> last, const std::optional<Left>& left, Time now) {
    if (left && (!last || left->at > *last)) return Handover{{}, left->state, left->at - left->written};
    if (!last || now - *last <= kStillOurs) return std::nullopt;
    return Handover{};
}

/// Of a policy, by its name, what a checkpoint of this agent knows; nothing where it knows none, or what it knows makes no sense.
[[nodiscard]] std::optional<Left> left_in(const Checkpoint& checkpoint, const ScalingSpec& spec);

}  // namespace setpoint
