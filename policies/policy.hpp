// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "core/fields.hpp"
#include "core/pods.hpp"
#include "core/replicas.hpp"
#include "core/samples.hpp"
#include "core/time.hpp"
#include "policies/reason.hpp"

namespace setpoint {

enum class SignalState : std::uint8_t {
    fresh,
    idle,     // no samples because its companion rate is a fresh zero: not missing, and nothing to do
    stale,    // the newest valid sample is older than maxAge
    missing,  // never a valid sample
};

/// One signal as a policy sees it at one tick. Only `fresh` ones have a value to act on.
struct Reading {
    SignalState state = SignalState::missing;
    Code trouble = Code::no_data;  // why it is not fresh
    SampleKind kind = SampleKind::no_data;  // scalar, pods or pods_mean
    double value = 0;              // scalar or pods_mean; for pods unused
    Time measured{};
    Duration age{};
    Duration window{};
    Duration max_age{};
    double mean_ready = 0;         // replicas that served during the sample's own window
    double harmonic_ready = 0;     // their harmonic mean: the same, unless their number changed meanwhile
    std::uint64_t sequence = 0;    // grows with every new sample: laws act on new samples, not on ticks
    std::span<const PodReading> pods;  // those not older than max_age; raw units

    [[nodiscard]] bool usable() const { return state == SignalState::fresh; }
};

/// What a policy sees on one tick. Plain values: nothing here can block or fail.
struct Observation {
    Time now{};            // for intervals
    WallTime wall{};       // for schedules only
    std::span<const Reading> signals;  // by SignalId
    std::span<const Pod> pods;         // empty where the actuator knows none
    Replicas replicas = 0; // the size asked of the orchestrator now, less those in whose place others are asked for
    Replicas status = 0;   // replicas that exist
    Replicas ready = 0;    // replicas that serve
    Replicas accepted = 0; // the size that our last decision, or somebody else, left in force: what a
                           // law's state is compared with (back-calculation)
    Bounds bounds;
    Duration lead{};       // how long a replica ordered now takes to serve (p90), plus one interval
    Duration start_p99{};  // past it, capacity on its way is not counted on any more
    Duration since_order{};// since the last accepted scale-up; very large without one
    Replicas coming = 0;   // those in their start or waiting for a place, whenever they were ordered
    Replicas lost = 0;     // those of `replicas` that crash again and again
    bool rolling_out = false;  // what is measured is half of another version: nothing is learnt
    bool limited = false;  // the last wish was not applied in full: do not wind up
    bool rebased = false;  // the size was changed by others, or just adopted: laws start from `replicas`

    [[nodiscard]] const Reading& of(SignalId id) const { return signals[index(id)]; }
    /// Replicas asked for and not serving yet, as far as they still count.
    [[nodiscard]] Replicas starting() const {
        const Replicas absent = std::max(0, replicas - ready - lost);
        return since_order < start_p99 ? absent : std::min(coming, absent);
    }
};

/// The quantities that a policy shows in its record; names in reason.cpp. Append, never reorder.
enum class Term : std::uint8_t {
    measured, filtered, goal, ratio, error, p, i, d, back_calculation, state, wish,
    level, trend, season, horizon, demand, per_replica, mean_ready, pods_ready, pods_unready,
    pods_missing, band_from, band_to, change, dt,
    kCount,
};

[[nodiscard]] std::string_view to_string(Term term);

/// A few named numbers; fixed room, so that proposing never allocates.
class Terms {
public:
    static constexpr std::size_t kRoom = 12;
    struct Entry {
        Term term{};
        double value = 0;
    };
    Terms() = default;
    Terms(std::initializer_list<Entry> entries) {
        for (const auto& entry : entries) add(entry.term, entry.value);
    }
    void add(Term term, double value) {
        if (size_ < kRoom) entries_[size_++] = {term, value};
    }
    [[nodiscard]] std::span<const Entry> entries() const { return {entries_.data(), size_}; }

    friend void bind(Fields& fields, Terms& terms);

private:
    std::array<Entry, kRoom> entries_{};
    std::size_t size_ = 0;
};

enum class ProposalKind : std::uint8_t {
    wish,    // this many
    floor,   // at least this many
    bounds,  // other limits for now
    hold,    // nothing to go by: keep the size, and let nobody shrink
    none,    // nothing to say, and no objection
};

/// What one policy would like and why. Bounds, rates and delays are applied later.
struct Proposal {
    ProposalKind kind = ProposalKind::none;
    double replicas = 0;       // not yet rounded, unless the policy's own arithmetic rounds (compat: hpa)
    Bounds bounds;             // of kind bounds
    Reason reason;
    Terms terms;
};

void bind(Fields& fields, Proposal& proposal);

[[nodiscard]] inline Proposal hold(Reason reason) { return {ProposalKind::hold, 0, {}, reason, {}}; }
[[nodiscard]] inline Proposal wish(double replicas, Reason reason) {
    return {ProposalKind::wish, replicas, {}, reason, {}};
}
[[nodiscard]] inline Proposal at_least(double replicas, Reason reason) {
    return {ProposalKind::floor, replicas, {}, reason, {}};
}

/// A hold that says what is wrong with a signal.
[[nodiscard]] inline Proposal hold_for(const Reading& reading, SignalId signal) {
    return hold({reading.trouble, signal, {seconds(reading.age), seconds(reading.max_age)}});
}

/// One control law with its settings and its state. Pure: same observations, same proposals; no I/O, no
/// clock, no log, no exception, and after warm-up no allocation in propose.
class Policy {
public:
    virtual ~Policy() = default;
    [[nodiscard]] virtual Proposal propose(const Observation& seen) = 0;
    /// What must survive a restart; settings are not state.
    virtual void bind_state(Fields& fields) = 0;
};

}  // namespace setpoint
