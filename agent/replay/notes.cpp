// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/notes.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "agent/replay/wording.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

/// Above it, a utilization is more likely a percentage that was recorded as 0 to 100.
constexpr double kHighestUtilization = 1.5;

/// Goes up at most steps and hardly ever down: a total since a start, not an amount at a time.
bool looks_like_counter(const ColumnSurvey& column) {
    constexpr std::uint64_t kEnough = 50;
    constexpr std::uint64_t kStepsToAReset = 30;
    return column.values >= kEnough && 2 * column.rises > column.values && column.falls * kStepsToAReset <= column.rises;
}

void note_signal(const SignalSpec& signal, bool shares, const ColumnSurvey& column, std::vector<std::string>& notes) {
    if (column.values == 0) {
        notes.push_back(fmt::format("The recording has no values of {}: policies that need it hold.", signal.name));
        return;
    }
    if (shares && column.median > kHighestUtilization) {
        notes.push_back(
            fmt::format("{} looks like percent (its median is {:.4g}), and is read as a ratio, where 0.7 is 70 %: "
                        "--percent {} divides it by 100.",
                        signal.name, column.median, signal.name));
    }
    if (!shares && looks_like_counter(column)) {
        notes.push_back(fmt::format("{} looks like a counter: it rises nearly always. What it counts in a second is the signal, "
                                    "such as rate({}[1m]) in Prometheus.", signal.name, signal.name));
    }
    if (signal.max_age && *signal.max_age < column.step) {
        notes.push_back(fmt::format("{} was recorded every {} and its maxAge is {}: it is stale most of the time.",
                                    signal.name, roughly(column.step), format_duration(*signal.max_age)));
    }
}

}  // namespace

std::vector<std::string> notes_on(const ScalingSpec& stated, const Recording& recording, const DryRunStart& start) {
    std::vector<std::string> notes;
    notes.emplace_back(
        "The signals are replayed as recorded: they do not answer to the replicas that this policy would have "
        "run. Times and directions of the decisions are telling; what follows from a wrong size is not shown yet.");
    const auto as_share = [&](const SignalSpec& signal) { return signal.per_pod && !is_summed(stated, signal); };
    const bool per_pod = std::ranges::any_of(stated.signals, as_share);
    if (start.ready == DryRunStart::Ready::simulated && per_pod) {
        notes.emplace_back(
            "The recording does not say how many replicas ran (a column 'ready' or 'replicas'), so a utilization is "
            "taken as that of the replicas decided here: a high one keeps adding replicas, a low one keeps removing "
            "them.");
    } else if (start.ready == DryRunStart::Ready::recorded_replicas) {
        notes.emplace_back(
            "Samples are weighed with the recorded replicas, as if all of them had been ready (there is no column "
            "'ready').");
    }
    for (std::size_t i = 0; i < stated.signals.size(); ++i)
        note_signal(stated.signals[i], as_share(stated.signals[i]), recording.columns()[i], notes);
    if (stated.mode != Mode::live) notes.emplace_back("The policy's mode is not live; it is replayed as if it were.");
    return notes;
}

std::vector<std::string> oddities_of(const Recording& recording) {
    std::vector<std::string> lines;
    for (const auto& problem : recording.problems().list()) {
        lines.push_back(fmt::format("{} (first in line {})", sentence(problem), grouped(problem.first_line)));
    }
    if (const auto& gaps = recording.gaps(); gaps.count > 0) {
        lines.push_back(fmt::format("{} gap{} without rows, the longest of {} from {} (first before line {})",
                                    gaps.count, gaps.count == 1 ? "" : "s", roughly(gaps.longest),
                                    civil(gaps.longest_from), grouped(gaps.first_line)));
    }
    return lines;
}

}  // namespace setpoint
