// SPDX-License-Identifier: Apache-2.0
#include "policies/least_loaded.hpp"

#include <algorithm>
#include <utility>

#include "policies/pod_finder.hpp"

namespace setpoint {

void least_loaded(const Reading& reading, std::span<const Pod> pods, Replicas count, std::vector<PodId>& out) {
    out.clear();
    if (!reading.usable() || reading.kind != SampleKind::pods) return;
    std::vector<std::pair<double, PodId>> serving;
    PodFinder<Pod> lookup{pods, &Pod::id};
    for (const auto& one : reading.pods) {
        if (const Pod* pod = lookup.find(one.pod); pod != nullptr && pod->serving()) serving.emplace_back(one.value, one.pod);
    }
    std::ranges::sort(serving);
    const auto named = std::min<std::size_t>(serving.size(), static_cast<std::size_t>(std::clamp(count, 0, kMostNamed)));
    for (std::size_t i = 0; i < named; ++i) out.push_back(serving[i].second);
}

}  // namespace setpoint
