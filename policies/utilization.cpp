// SPDX-License-Identifier: Apache-2.0
#include "policies/utilization.hpp"

namespace setpoint {
namespace {

/// Looks pods up in the order in which they tend to come, so that a walk over all costs one pass.
class PodLookup {
public:
    explicit PodLookup(std::span<const Pod> pods) : pods_(pods) {}

    const Pod* find(PodId id) {
        for (std::size_t tried = 0; tried < pods_.size(); ++tried) {
            const Pod& pod = pods_[next_];
            next_ = next_ + 1 == pods_.size() ? 0 : next_ + 1;
            if (pod.id == id) return &pod;
        }
        return nullptr;
    }

private:
    std::span<const Pod> pods_;
    std::size_t next_ = 0;
};

}  // namespace

MeanOverPods mean_over_pods(const Reading& reading, Dimension dimension, std::span<const Pod> pods) {
    if (reading.kind != SampleKind::pods) return {reading.value, Code::none, 0};
    const bool of_requests = dimension == Dimension::cores || dimension == Dimension::bytes;
    double used = 0;
    double requested = 0;
    std::size_t counted = 0;
    bool without_request = false;
    PodLookup lookup{pods};
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
