// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/fields.hpp"
#include "core/ids.hpp"
#include "core/pods.hpp"
#include "core/replicas.hpp"
#include "core/samples.hpp"

namespace setpoint {

/// Who changed a target's size since it was said last, as far as its watcher can tell.
enum class Hand : std::uint8_t {
    unknown,
    somebody,  // another program, or a person
    nobody,    // replicas ended by themselves, or came of an order of ours
};

/// What the orchestrator says of a target.
struct TargetState {
    TargetId target{};
    Replicas replicas = 0;        // the size asked of the orchestrator (spec.replicas)
    Replicas ready = 0;           // replicas that serve
    std::optional<Replicas> status;  // replicas that exist (status.replicas), where it differs from the size asked
    Hand changed_by = Hand::unknown;  // meaningful where the size is another one than before
};

/// A pod appeared, changed or went.
struct PodDelta {
    TargetId target{};
    bool gone = false;
    Pod pod;
};

enum class ApplyOutcome : std::uint8_t {
    applied,      // the orchestrator took the size
    foreign,      // the target did not have the size seen: somebody else writes it
    refused,      // the orchestrator said no (quota, admission, preflight)
    unreachable,  // no answer before the deadline
    partly,       // some of the replicas asked for came into being
};

/// What became of a size that a decision asked for.
struct ApplyResult {
    TargetId target{};
    Replicas wanted = 0;
    Replicas replicas = 0;        // the size the target has now, as far as known
    ApplyOutcome outcome = ApplyOutcome::applied;
    std::string message;          // for the person; empty when applied
};

/// A person's hand on one target. Both expire; past `until` they are as if never said.
struct OverrideSet {
    enum class Kind : std::uint8_t { resume, pin, pause, pause_down };
    TargetId target{};
    Kind kind = Kind::resume;
    Replicas replicas = 0;        // of a pin
    Time until{};
    std::string reason;
};

/// Time to decide for one target.
struct Tick {
    TargetId target{};
    WallTime wall{};              // civil time, for schedules only
};

void bind(Fields& fields, TargetState& state);
void bind(Fields& fields, PodDelta& delta);
void bind(Fields& fields, ApplyResult& result);
void bind(Fields& fields, OverrideSet& set);
void bind(Fields& fields, Tick& tick);

}  // namespace setpoint
