// SPDX-License-Identifier: Apache-2.0
#include "policies/share_of.hpp"

#include <algorithm>

#include "policies/spec.hpp"

namespace setpoint {

std::optional<double> ShareOf::whole(const Pod& pod) const {
    if (!is_share()) return std::nullopt;
    const Resources* stated = basis == Basis::request ? &pod.requests : &pod.limits;
    if (!container.empty()) {
        const auto found = std::ranges::find(pod.named, container, &PodContainer::name);
        if (found == pod.named.end()) return std::nullopt;
        stated = basis == Basis::request ? &found->requests : &found->limits;
    }
    return dimension == Dimension::cores ? stated->cpu : stated->memory;
}

ShareOf share_of(const SignalSpec& signal) { return {signal.dimension, signal.of, signal.container}; }

}  // namespace setpoint
