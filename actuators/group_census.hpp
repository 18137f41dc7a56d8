// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "actuators/docker_plan.hpp"
#include "core/events.hpp"

namespace setpoint {

/// Tells whose doing it was that a group has other containers than at the last look. Pure.
class GroupCensus {
public:
    using ToldToEnd = std::function<bool(const std::string& id)>;

    /// `stretch`: of the Engine's events, 0 while there are none. `unknown` where they do not reach back to the last look.
    [[nodiscard]] Hand take(const DockerPlan& plan, std::uint64_t stretch, const ToldToEnd& told_to_end);

    /// Containers that we started or told to stop: at the next look they are nobody else's doing.
    void ours(DockerPlan::Ids ids) { ours_.merge(std::move(ids)); }

private:
    std::optional<DockerPlan::Ids> counted_;
    DockerPlan::Ids ours_;
    std::uint64_t stretch_ = 0;
};

}  // namespace setpoint
