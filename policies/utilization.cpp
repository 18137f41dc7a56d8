// SPDX-License-Identifier: Apache-2.0
#include "policies/utilization.hpp"

#include "policies/pod_finder.hpp"

namespace setpoint {

MeanOverPods mean_over_pods(const Reading& reading, Dimension dimension, std::span<const Pod> pods) {
    if (reading.kind != SampleKind::pods) return {reading.value, Code::none, 0};
    const bool of_requests = dimension == Dimension::cores || dimension == Dimension::bytes;
    double used = 0;
    double requested = 0;
    std::size_t counted = 0;
    bool without_request = false;
    PodFinder<Pod> lookup{pods, &Pod::id};
    for (const auto& sample : reading.pods) {
        const Pod* pod = lookup.find(sample.pod);
        if (pod == nullptr || !pod->serving()) continue;
        const auto& request = dimension == Dimension::bytes ? pod->requests.memory : pod->requests.cpu;
        if (of_requests && !(request.value_or(0) > 0)) {
            without_request = true;
            continue;
        }
        used += sample.value;
        requested += of_requests ? *request : 1;
        ++counted;
    }
    if (without_request) return {std::nullopt, Code::no_requests, counted};
    if (counted == 0) return {std::nullopt, Code::no_pods, 0};
    return {used / requested, Code::none, counted};
}

}  // namespace setpoint
