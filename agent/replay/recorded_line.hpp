// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/events.hpp"
#include "core/pods.hpp"
#include "core/samples.hpp"
#include "core/time.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// The one number that a recording has of a sample: of a signal with a value for each pod the mean that the laws see
/// (CPU and memory as utilization, 0.7 is 70 %). Absent where the source had none, and where the mean is undefined.
[[nodiscard]] std::optional<double> recorded_value(const Sample& sample, const SignalSpec& signal, std::span<const Pod> pods);

/// What those of the pods that serve used together, in cores or bytes. Absent where none said.
[[nodiscard]] std::optional<double> recorded_sum(const Sample& sample, std::span<const Pod> pods);

/// What was heard of one policy's target since the line before.
struct Heard {
    Time time{};
    std::string policy;                // empty where the recording has a single one
    std::optional<TargetState> state;  // absent: the orchestrator did not say
    std::vector<Sample> samples;       // at most one a signal
};

/// It as a line of JSON, with its line end: what `setpoint decide` reads, and `dry-run` as a recording. A signal has its
/// value with its own time and window in seconds; null where the source had nothing to say; a signal that nothing was
/// heard of is left out. `pods` are those of the target, with what each of them used in cores or bytes.
[[nodiscard]] std::string recorded_line(const Heard& heard, const ScalingSpec& spec, std::span<const Pod> pods);

}  // namespace setpoint
