// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/fields.hpp"
#include "core/ids.hpp"

namespace setpoint {

/// Why a policy wished what it wished, or why a stage changed it. A code and up to six numbers: text is
/// made only where somebody reads. The comment says what the numbers are, in order. Codes are written to
/// journals: append, never reorder.
enum class Code : std::uint16_t {
    none,
    // Signals. {0} age in s, {1} limit in s.
    no_data,            // never seen, or the source has none
    source_failed,      // the source did not answer
    stale,              // older than maxAge
    not_a_number,       // NaN or infinite
    from_the_future,    // dated more than 30 s ahead
    idle,               // no samples because there is no traffic
    // track. {0} measured, {1} goal, {2} ratio, {3} mean ready count, {4} wish before rounding
    ratio,
    within_tolerance,
    no_ready_pods,
    no_pods,            // no pod has a usable sample
    no_requests,        // a pod states no request (utilization is undefined); {0} pods without
    fill_reversed,      // counting missing and unready pods reverses the direction: keep
    fill_within,        // ... or brings it inside the tolerance: keep
    at_zero,            // a per-pod signal says nothing at zero replicas
    // pid. {0} measured, {1} setpoint, {2} error, {3} wish before rounding
    pid,
    pid_waiting,        // no fresh sample since the last act
    pid_ineffective,    // two up-steps without improvement; {0} measured
    pid_busy,           // a step down needs utilization below {1}; seen {0}
    // predictive. {0} demand forecast, {1} horizon in s, {2} per replica, {3} replicas
    forecast,
    forecast_warming,   // {0} minutes seen, {1} minutes needed
    // step. {0} measured, {1} change, {2} from, {3} to
    band,
    no_band,
    // schedule. {0} size, or {0} min {1} max
    schedule_size,
    schedule_bounds,
    schedule_outside,   // no window is open
    // combine. {0} replicas
    raised_by_floor,    // {0} wish, {1} floor
    held_for_missing,   // a signal is missing: no step down. {0} wish, {1} kept
    only_holds,         // nothing valid proposed: keep. {0} kept
    // shape. {0} from, {1} to
    stabilized_down,    // {2} window in s
    stabilized_up,      // {2} window in s
    rate_up,
    rate_down,
    direction_disabled,
    at_min,
    at_max,
    not_active,         // scale to zero: below the activation threshold; {0} value, {1} threshold
    activated,          // {0} value, {1} threshold
    out_of_bounds,      // corrected before any metric: {0} from, {1} to
    pinned,             // {0} replicas, {1} s left, {2} the maximum if {0} is above it
    paused,             // {0} kept, {1} s left
    disabled_at_zero,   // size 0 while min is not 0: somebody switched the target off
    mode_off,
    mode_shadow,        // would set {1}
    on_missing,         // onMissing acts. {0} replicas, {1} s missing
    degraded,           // held longer than holdFor. {0} s held, {1} limit
    foreign_write,      // somebody else set {1}; we had {0}
    not_applied,        // the last wish {0} was not accepted; the target has {1}
    target_unknown,     // the target's size has not been seen yet
    replicas_ended,     // the size went from {0} to {1} without anybody's hand
    yields_to_increase, // somebody raised it to {0}, a floor for {1} s more
    yields_to_decrease, // somebody lowered it to {0}, kept for {1} s more
    // Guards of the agent, over all targets. {0} limit
    budget_share,       // {1} share of the group's budget, {2} wanted
    budget_taken,       // {1} replicas that the others of the group still have, {2} wanted
    starts_limited,     // {1} replicas that may start now, {2} wanted
    shrink_limited,     // {1} replicas that may go now, {2} wanted
    settling,           // somebody is changing the size: {0} is kept for {1} s more
    no_limits,          // a pod states no limit, and utilization is to be of it; {0} pods without
    // What pods that do not serve are good for.
    around_crashes,     // {0} replicas crash again and again; {1} wanted, {2} with others in their place
    waits_for_room,     // {0} of {1} replicas cannot be scheduled
    rolling_out,        // no step down in a rollout. {0} wanted, {1} kept
    blocks_drains,      // at min {0} disruption budgets let no replica be evicted
    budgets_unknown,    // whether they do is not known
    negative,           // a value below zero of what cannot be
};

struct Reason {
    Code code = Code::none;
    SignalId signal{};               // meaningful where the code speaks of a signal
    std::array<double, 6> args{};
};

void bind(Fields& fields, Reason& reason);

/// The code as it is written in JSON and metrics: `within_tolerance`.
[[nodiscard]] std::string_view to_string(Code code);

/// The reason as a sentence; `signals` are the names of the document's signals, by SignalId.
[[nodiscard]] std::string sentence(const Reason& reason, std::span<const std::string> signals);

}  // namespace setpoint
