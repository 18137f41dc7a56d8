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
    peer,      // another agent of ours, this one in a life that ended before it could remember, or the autoscaler whose place it takes
};

/// What the orchestrator says of a target.
struct TargetState {
    TargetId target{};
    Replicas replicas = 0;        // the size asked of the orchestrator (spec.replicas)
    Replicas ready = 0;           // replicas that serve
    std::optional<Replicas> status;  // replicas that exist (status.replicas), where it differs from the size asked
    Hand changed_by = Hand::unknown;  // meaningful where the size is another one than before
    std::optional<Replicas> most;     // that it may have, whatever a policy says; absent: any size
    bool floor = false;           // the size is the least that another autoscaler leaves the replicas: at zero nothing is off
    bool rolling_out = false;     // pods are being replaced by others of a newer template
    bool one_by_one = false;      // a new replica is started only when the one before serves
    std::optional<Replicas> undrainable_at = 0;  // at this size and below disruption budgets let no replica be evicted; absent: not known
    std::string who;                  // that somebody, where the orchestrator tells: kubectl-edit
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

/// A person's hand on one target. All but `resume` expire; past `until` they are as if never said.
struct OverrideSet {
    enum class Kind : std::uint8_t { resume, pin, pause, pause_down };
    TargetId target{};
    Kind kind = Kind::resume;
    Replicas replicas = 0;        // of a pin
    Time until{};
    std::string reason;
    bool declared = false;        // by the policy's own object: it stands there, and ends when it does not any more
};

/// Here this agent decides from now on, and another one may have until now. The size is found as that one left it, and is
/// nobody's foreign write; windows begin anew.
struct Handover {
    TargetId target{};
    std::string state;            // what that one left, as Reducer::handover gave it; empty: nothing
    Duration shift{};             // from its agent time to ours
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
void bind(Fields& fields, Handover& handover);
void bind(Fields& fields, Tick& tick);

}  // namespace setpoint
