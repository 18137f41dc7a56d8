// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/replay/read_recording.hpp"
#include "agent/replay/recording.hpp"
#include "agent/replay/score.hpp"
#include "core/result.hpp"
#include "policies/decision.hpp"
#include "policies/guard_settings.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// How the columns of a recording serve a policy.
struct ColumnChoices {
    std::map<std::string, std::string> column_of;  // signal, `replicas` or `ready` -> column
    std::vector<std::string> percent;              // signals recorded as 0 to 100
};

/// A signal of the replicas themselves that is held by an amount for each of them (averageValue): a utilization says nothing
/// of it, so its column is what all of them use together, in cores or bytes.
[[nodiscard]] bool is_summed(const ScalingSpec& spec, const SignalSpec& signal);

/// The columns that a policy needs, in the order that `dry_run` expects: its signals, then `replicas`, then
/// `ready`. An error where a choice names a signal that the policy does not have.
[[nodiscard]] Result<std::vector<Wanted>> wanted_columns(const ScalingSpec& spec, const ColumnChoices& choices);

/// A policy as the dry run has it decide: live, with summed signals as one number, and with maxAge no shorter than the recording allows (three
/// steps of the column), unless the policy states one.
[[nodiscard]] ScalingSpec adapted_to(const Recording& recording, ScalingSpec spec);

/// What the run begins with (the first recorded size, else the policy's least, at least one), and which counts the
/// samples are weighed by.
struct DryRunStart {
    enum class Ready : std::uint8_t { recorded_ready, recorded_replicas, simulated };
    Replicas replicas = 1;
    Ready ready = Ready::simulated;
};
[[nodiscard]] Result<DryRunStart> start_of(const Recording& recording, const ScalingSpec& spec);

/// Hears of a dry run as it goes.
class DryRunListener {
public:
    virtual ~DryRunListener() = default;
    /// A recorded value, in order of time.
    virtual void sample(SignalId, Time, double) {}
    /// A recorded size, in order of time.
    virtual void recorded_size(Time, Replicas) {}
    virtual void decided(const Decision& decision) = 0;
};

/// Replays a recording against a policy: samples as recorded, ticks at the policy's interval over the whole
/// span, every decision applied at once, `guards` as if the policy were alone under them. The signals do not answer to the replicas. `spec` comes from
/// `adapted_to`; `progress` hears the share done now and then.
[[nodiscard]] Result<Score> dry_run(const ScalingSpec& spec, const Recording& recording, DryRunListener& listener,
                                    const std::function<void(double)>& progress = {}, const GuardSettings& guards = {});

}  // namespace setpoint
