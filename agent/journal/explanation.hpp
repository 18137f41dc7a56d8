// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/events.hpp"
#include "core/result.hpp"
#include "policies/decision.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// What would have had to be different of one signal.
struct Turning {
    SignalId signal{};
    double value = 0;        // what it was, as the decision saw it
    std::optional<double> up;    // from this value on, the size would have been `more`
    Replicas more = 0;
    std::optional<double> down;  // at this value and below, `fewer`
    Replicas fewer = 0;
};

/// A size as it came out before, and when.
struct SizeChange {
    Time time{};
    Replicas from = 0;
    Replicas to = 0;
    std::string reason;
};

/// Why a target had its size at some time.
struct Explanation {
    ScalingSpec spec;
    Decision decision;
    std::optional<OverrideSet> hand;      // somebody's, in force then
    std::optional<ApplyResult> applied;   // of the write that this decision asked for, if its answer is on record
    std::optional<SizeChange> change;     // the last one before
    std::vector<Turning> turnings;        // of signals whose other value would have changed the size
};

/// The decision of `policy` in force at `at` (the last one on record, if absent), from the events in `journal` (a folder).
/// The turning points are found by deciding again, on the same state, with the newest sample of one signal made larger or
/// smaller. Errors: `no_data` when nothing of it is on record at that time, `bad_config` with a suggestion when there is no
/// such policy.
[[nodiscard]] Result<Explanation> explain(const std::filesystem::path& journal, const std::string& policy, std::optional<Time> at);

}  // namespace setpoint
