// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/fields.hpp"
#include "core/ids.hpp"
#include "core/replicas.hpp"
#include "core/time.hpp"
#include "policies/policy.hpp"

namespace setpoint {

/// A signal as the decision saw it.
struct Seen {
    SignalId signal{};
    SignalState state = SignalState::missing;
    double value = 0;          // the mean over pods for a per-pod signal, raw units
    Duration age{};
    double mean_ready = 0;
};

/// A stage that changed the size, in the order they acted.
struct Limit {
    Replicas from = 0;
    Replicas to = 0;
    Reason reason;
};

/// How a target is doing, beyond the size.
enum class Health : std::uint8_t {
    active,    // decides on valid signals
    holding,   // keeps the size for want of signals, for at most holdFor
    degraded,  // held longer than that, or acts by onMissing
    suspended, // pinned, paused, off, or switched off at zero
};

/// What came out of one tick, with the whole trace: any size can be explained from this alone.
struct Decision {
    TargetId target{};
    Time time{};
    Replicas current = 0;      // the size before
    Replicas ready = 0;
    Replicas wanted = 0;       // combined, before shaping
    Replicas replicas = 0;     // the size decided
    bool apply = false;        // differs from what the target has, and the mode lets us write
    Health health = Health::holding;
    Reason reason;             // the one that mattered most
    std::optional<Time> again; // worth deciding anew then, should the next round be later
    std::optional<Reason> warning;  // of what is unwise, whatever the size
    std::vector<PodId> leave_first; // of a step down: the replicas that should go, least loaded first, where the document says so
    std::vector<Seen> seen;
    std::vector<Proposal> proposals;  // by place in the document's `policies`
    std::vector<Limit> limits;
};

void bind(Fields& fields, Seen& seen);
void bind(Fields& fields, Limit& limit);
void bind(Fields& fields, Decision& decision);

}  // namespace setpoint
