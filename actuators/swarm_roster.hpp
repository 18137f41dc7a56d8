// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "clients/swarm_types.hpp"
#include "core/events.hpp"
#include "core/pods.hpp"
#include "core/time.hpp"

namespace setpoint {

/// The tasks of one service as pods, and what changed since the last look. Pure.
///
/// A pod is called by its container, as the statistics call it, and by its task until it has one. Its start is when Swarm made
/// the task: what a start takes includes finding a node and pulling the image.
class SwarmRoster {
public:
    /// A stamp of the Swarm as agent time.
    using Translate = std::function<Time(WallTime)>;

    SwarmRoster(TargetId target, std::string service) : target_(target), service_(std::move(service)) {}

    [[nodiscard]] std::vector<PodDelta> update(const std::vector<ServiceTask>& tasks, Time now, const Translate& translate);

private:
    /// A stamp, and what it was when it was first seen: by our clock it moves with every translation, and by an hour when
    /// the civil clock is stepped.
    struct Moment {
        std::optional<WallTime> stamp;
        Time time{};
    };
    struct Known {
        Moment created;
        Moment changed;
        std::optional<Pod> posted;
        bool present = false;   // in the look under way
    };
    [[nodiscard]] Pod pod_of(const ServiceTask& task, const Known& known) const;

    TargetId target_;
    std::string service_;
    std::map<std::string, Known> known_;  // by task ID
};

}  // namespace setpoint
