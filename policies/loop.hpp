// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/board.hpp"
#include "core/events.hpp"
#include "core/fields.hpp"
#include "policies/combine.hpp"
#include "policies/decision.hpp"
#include "policies/policy.hpp"
#include "policies/readings.hpp"
#include "policies/shape.hpp"
#include "policies/spec.hpp"
#include "policies/startup.hpp"
#include "policies/yielding.hpp"

namespace setpoint {

class Guards;

/// One target's control loop: what is known of it, and the way from a tick to a decision. The reducer
/// keeps one per policy document.
class Loop {
public:
    /// `guards`: what all targets together may do; none: no limit. They must outlive it.
    Loop(TargetId id, ScalingSpec spec, Guards* guards = nullptr);

    void take(Time now, const Sample& sample);
    void take(Time now, const TargetState& state);
    void take(Time now, const PodDelta& delta);
    void take(Time now, const ApplyResult& result);
    void take(Time now, const OverrideSet& set);
    void take(Time now, const Handover& handover);
    /// The decision is valid until the next call.
    const Decision& tick(Time now, WallTime wall);

    [[nodiscard]] const ScalingSpec& spec() const { return spec_; }
    [[nodiscard]] const std::vector<std::string>& signal_names() const { return signal_names_; }
    [[nodiscard]] std::span<const Pod> pods() const { return board_.pods; }

    [[nodiscard]] Replicas replicas() const { return replicas_; }
    /// The size asked for that has no answer yet, and when it was.
    [[nodiscard]] std::optional<Replicas> outstanding() const { return outstanding_; }
    [[nodiscard]] std::optional<Time> ordered_at() const { return ordered_at_; }
    [[nodiscard]] const std::optional<OverrideSet>& override_set() const { return override_; }
    [[nodiscard]] const StartupTime& startup() const { return startup_; }

    [[nodiscard]] std::optional<Time> last_tick() const { return last_tick_; }

    void bind_state(Fields& fields);
    /// What another agent can go on from, in at most `most` bytes: policies whose state has no room there are left out. Empty
    /// where nothing has.
    [[nodiscard]] std::string handover(std::size_t most);

private:
    void bind_target_state(Fields& fields);
    void keep_pace(Time now);
    [[nodiscard]] Bounds within_most(Bounds bounds) const;
    [[nodiscard]] Replicas in_place() const;
    void propose(Time now, WallTime wall);
    void decide(Time now);
    void accepted(Time now, Replicas size);
    [[nodiscard]] bool acts_on(const Combined& combined) const;
    Replicas decide_on_signals(Time now, const Combined& combined);
    Replicas decide_without_signals(Time now, const Combined& combined);
    Replicas with_others_for_the_lost(Replicas needed);
    Replicas activate(Replicas wanted, Bounds bounds);
    void wait_for_rollout();
    void say_what_is_waited_for();
    void warn();
    void choose_who_leaves();
    void yield(Time now, Bounds bounds);
    void name_other_hand();
    void guard(Time now, Bounds bounds);
    void break_glass(Time now);
    void overrule(Replicas to, Reason reason);
    void limit(Replicas to, Reason reason);
    void bind_handover(Fields& fields, const std::vector<bool>& with);
    void bind_policy(std::size_t at, Fields& fields);
    [[nodiscard]] std::string handover_with(const std::vector<bool>& with);

    TargetId id_;
    ScalingSpec spec_;
    Guards* guards_;
    std::vector<std::string> signal_names_;
    std::vector<std::unique_ptr<Policy>> policies_;

    // State: what a checkpoint keeps.
    TargetBoard board_;
    Shaper shaper_;
    StartupTime startup_;
    bool known_ = false;                   // the target's size was seen
    Replicas replicas_ = 0;                // the size in force, as last heard
    Replicas status_ = 0;
    Replicas ready_ = 0;
    std::optional<Replicas> most_;         // that the target may have
    bool floor_ = false;                   // of another autoscaler
    bool zero_is_ours_ = false;            // we scaled to zero; otherwise zero is somebody's switch
    std::optional<Replicas> outstanding_;  // asked for, no answer yet
    std::optional<Time> ordered_at_;       // when that was decided
    std::optional<Replicas> foreign_from_; // the size that another one replaced without our doing, until the next tick
    Hand changed_by_ = Hand::unknown;      // whose doing that was
    Yielding yielding_;
    std::optional<Replicas> not_applied_;  // the last wish, if it was not accepted
    bool rebased_ = true;
    bool rolling_out_ = false;
    bool one_by_one_ = false;
    std::optional<Replicas> undrainable_at_ = 0;
    std::optional<Time> last_order_;       // of the last accepted scale-up
    Replicas ordered_starts_ = 1;          // how many had to start for it
    std::optional<Time> last_tick_;
    std::optional<Duration> pace_;         // between the last two ticks
    std::optional<Time> held_since_;
    std::optional<OverrideSet> override_;

    // Scratch of one tick; its room is kept.
    Replicas waiting_ = 0;                 // replicas that have no place
    Replicas around_ = 0;                  // replicas in whose place others are asked for
    Readings readings_;
    Decision decision_;
};

}  // namespace setpoint
