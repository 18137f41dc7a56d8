// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/board.hpp"
#include "core/fields.hpp"
#include "core/result.hpp"
#include "policies/decision.hpp"
#include "policies/event.hpp"
#include "policies/startup.hpp"

namespace setpoint {

class Guards;
class Loop;

/// The pure core: a reducer over the ordered event log. The live agent, the dry run, the replay and the
/// tests feed the same one. The same events give the same decisions, bit for bit, on the same binary.
///
///     Reducer control;
///     control.reduce({now, *configuration({spec})});
///     control.reduce({now, TargetState{...}});
///     control.reduce({now, Sample{...}});
///     if (const Decision* decision = control.reduce({now, Tick{...}})) ...
class Reducer {
public:
    Reducer();
    ~Reducer();
    Reducer(Reducer&&) noexcept;
    Reducer& operator=(Reducer&&) noexcept;

    /// Takes one event in. A Tick yields a decision, valid until the next call; everything else nullptr.
    /// Events for targets or signals that do not exist are ignored. A new ConfigSet keeps what was learnt
    /// of targets, signals and policies that keep their names.
    const Decision* reduce(const Event& event);

    [[nodiscard]] std::size_t targets() const;
    [[nodiscard]] const ScalingSpec& spec(TargetId target) const;
    /// What all targets together may do.
    [[nodiscard]] const GuardSettings& guard_settings() const { return guard_settings_; }
    /// The names of a target's signals, by SignalId: for sentences.
    [[nodiscard]] std::span<const std::string> signal_names(TargetId target) const;
    /// The pods known of a target.
    [[nodiscard]] std::span<const Pod> pods(TargetId target) const;
    /// A person's override of a target as last set, also one restored. Past its `until` it is as if never said.
    [[nodiscard]] const std::optional<OverrideSet>& override_of(TargetId target) const;
    /// How long a new replica of a target takes to serve, as learnt.
    [[nodiscard]] const StartupTime& startup(TargetId target) const;
    /// When a target was last decided for.
    [[nodiscard]] std::optional<Time> last_tick(TargetId target) const;
    /// The target of a policy, by its full name, or by its name alone where only one namespace has it. `no_data`: there is
    /// none; `conflict`: several have it, and the message says which.
    [[nodiscard]] Result<TargetId> find(std::string_view policy) const;

    /// Everything learnt and remembered, by name: the checkpoint and the snapshot that opens a journal
    /// segment. Reading leaves alone what the input does not have.
    void bind_state(Fields& fields);

    /// The state of one target alone, for its own checkpoint.
    void bind_state(TargetId target, Fields& fields);
    /// What another agent needs to go on with a target without a jump, in at most `most` bytes: what a Handover brings it. Policies
    /// whose state has no room, such as a forecast's history, are left out; empty where nothing has.
    [[nodiscard]] std::string handover(TargetId target, std::size_t most);
    /// What the guards over all targets remember of late, likewise.
    void bind_guard_state(Fields& fields);

private:
    void configure(const ConfigSet& set);
    void tell_guards(TargetId target);

    GuardSettings guard_settings_;
    std::unique_ptr<Guards> guards_;  // none where nothing is limited
    std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace setpoint
