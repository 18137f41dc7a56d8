// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "actuators/docker_plan.hpp"
#include "clients/docker_types.hpp"
#include "core/events.hpp"
#include "core/pods.hpp"
#include "core/time.hpp"

namespace setpoint {

/// The containers of one group as pods, and what changed since the last look. Pure.
class DockerRoster {
public:
    explicit DockerRoster(TargetId target) : target_(target) {}

    /// Limits can be changed in place, and the event that says so be missed: one of those that seem settled is inspected
    /// again after so long, in turn.
    static constexpr Duration kInspectAgain = std::chrono::seconds{10};

    /// The containers whose details are not known or may have changed.
    [[nodiscard]] std::vector<std::string> to_inspect(const DockerPlan& plan, Time now);
    /// The details of this one may have changed.
    void doubt(const std::string& id);

    /// Takes the details of one in. `started`: its start as agent time.
    void take(const ContainerDetails& details, std::optional<Time> started);

    /// What changed, when the group is as `plan` says at `now`. A container without details yet is left out.
    [[nodiscard]] std::vector<PodDelta> update(const DockerPlan& plan, const DockerPlan::Ids& leaving, Time now);

    /// How many serve, as of the last update.
    [[nodiscard]] Replicas ready() const;

private:
    struct Known {
        ContainerState state = ContainerState::created;
        ContainerHealth health = ContainerHealth::none;
        std::optional<WallTime> stamp;  // of the start, as the Engine says it
        std::optional<Time> started;
        Resources limits;
        bool doubtful = false;
        bool posted = false;
        Pod pod;   // as posted last
    };
    [[nodiscard]] Pod pod_of(const ContainerSummary& container, const Known& known, Time now) const;

    TargetId target_;
    std::map<std::string, Known> known_;  // by container ID
    std::size_t turn_ = 0;
    Time turned_{};
    bool first_look_ = true;
};

}  // namespace setpoint
