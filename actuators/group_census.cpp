// SPDX-License-Identifier: Apache-2.0
#include "actuators/group_census.hpp"

#include <algorithm>
#include <utility>

namespace setpoint {

Hand GroupCensus::take(const DockerPlan& plan, std::uint64_t stretch, const ToldToEnd& told_to_end) {
    DockerPlan::Ids now;
    const auto ours = std::exchange(ours_, {});
    bool others_appeared = false;
    for (const auto& container : plan.containers()) {
        if (!plan.counts(container)) continue;
        now.insert(container.id);
        const bool anew = counted_ && !counted_->contains(container.id);
        others_appeared = others_appeared || (anew && !plan.is_ours(container) && !ours.contains(container.id));
    }
    const auto before = std::exchange(counted_, now);
    const bool unbroken = std::exchange(stretch_, stretch) == stretch && stretch != 0;
    if (!before || !unbroken) return Hand::unknown;
    const bool told = std::ranges::any_of(*before, [&](const auto& id) {
        return !now.contains(id) && !ours.contains(id) && told_to_end(id);
    });
    return others_appeared || told ? Hand::somebody : Hand::nobody;
}

}  // namespace setpoint
