// SPDX-License-Identifier: Apache-2.0
#include "agent/live/succession.hpp"

#include <limits>
#include <utility>

#include "policies/reducer.hpp"

namespace setpoint {

std::optional<Left> left_in(const Checkpoint& checkpoint, const ScalingSpec& spec) {
    auto config = configuration({spec});
    if (!config) return std::nullopt;
    Reducer alone;
    alone.reduce({checkpoint.time, std::move(*config)});
    if (restore(checkpoint, alone).policies == 0) return std::nullopt;
    return Left{alone.handover(TargetId{0}, std::numeric_limits<std::size_t>::max()), checkpoint.time, checkpoint.time};
}

}  // namespace setpoint
