// SPDX-License-Identifier: Apache-2.0
#include "policies/utilization.hpp"

#include "policies/pod_finder.hpp"
#include "policies/pod_groups.hpp"

namespace setpoint {

MeanOverPods mean_over_pods(const Reading& reading, const ShareOf& share, std::span<const Pod> pods) {
    MeanOverPods mean;
    if (reading.kind != SampleKind::pods) {
        mean.value = reading.value;
        return mean;
    }
    const Time now = reading.measured + reading.age;
    double used = 0;
    double whole = 0;
    PodFinder<Pod> lookup{pods, &Pod::id};
    for (const auto& sample : reading.pods) {
        const Pod* pod = lookup.find(sample.pod);
        if (pod == nullptr || !pod->serving()) continue;
        if (share.dimension == Dimension::cores && tells_of_start(*pod, sample, Unstated::trusted, now)) continue;
        const double own = share.is_share() ? share.whole(*pod).value_or(0) : 1;
        if (!(own > 0)) {
            ++mean.without;
            continue;
        }
        used += sample.value;
        whole += own;
        ++mean.pods;
    }
    if (mean.without > 0) {
        mean.trouble = share.basis == Basis::limit ? Code::no_limits : Code::no_requests;
    } else if (mean.pods == 0) {
        mean.trouble = Code::no_pods;
    } else {
        mean.value = used / whole;
        mean.whole = whole / static_cast<double>(mean.pods);
    }
    return mean;
}

}  // namespace setpoint
