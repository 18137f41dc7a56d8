// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/pods.hpp"
#include "core/samples.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What one replica's reading of a signal is worth: HPA v2's rules.
enum class PodGroup : std::uint8_t {
    ready,     // its value counts
    missing,   // it should have a value and has none
    unready,   // not there yet: its value, if any, does not count
    ignored,   // on its way out, or failed; but for HPA's rules also done, or crash-looping
    stranger,  // a reading of a pod that is not in the list
};

/// A pod with its reading; `pod` is null for a reading of a pod that is not in the list.
struct GroupedPod {
    PodGroup group = PodGroup::ready;
    const Pod* pod = nullptr;
    const PodReading* reading = nullptr;
};

/// Whose word counts where a pod says less than Kubernetes does.
enum class Unstated : std::uint8_t {
    as_hpa,   // without readiness it does not serve yet
    trusted,  // without readiness it serves while it runs
};

struct GroupRules {
    /// The signal is CPU, and what a pod burns while it starts is not load: a reading counts only when the
    /// pod has been ready for its whole window, within the first five minutes; later, unless the pod never
    /// became ready.
    bool cpu = false;
    Unstated unstated = Unstated::as_hpa;
};

/// Whether a CPU reading tells of a pod's start rather than of its load.
[[nodiscard]] bool tells_of_start(const Pod& pod, const PodReading& reading, Unstated unstated, Time now);

/// Groups every pod, and after them the readings without a pod. Clears `out` first; its room is kept.
void group_pods(std::span<const Pod> pods, std::span<const PodReading> readings, GroupRules rules, Time now,
                std::vector<GroupedPod>& out);

}  // namespace setpoint
