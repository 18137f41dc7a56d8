// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actuators/docker_plan.hpp"
#include "clients/deadline.hpp"
#include "clients/docker_client.hpp"
#include "clients/io_thread.hpp"
#include "core/events.hpp"

namespace setpoint {

/// What a change of size needs; everything on the I/O thread.
struct ScaleOrder {
    IoThread& io;
    DockerClient& docker;
    DockerPlan plan;                          // the group as it is
    Replicas wanted = 0;
    std::string policy;
    std::string operation;
    Deadline deadline;
    std::shared_ptr<DockerPlan::Ids> leaving;  // those being stopped
};

/// Said once, before the order's deadline or shortly after it.
struct ScaleOutcome {
    ApplyOutcome outcome = ApplyOutcome::applied;
    Replicas replicas = 0;
    std::string message;
    DockerPlan::Ids touched;  // that it started or told to stop
};
using ScaleDone = std::function<void(ScaleOutcome)>;

/// Makes and starts what is missing, two at a time, after an existing container; at zero starts that one
/// first. The first failure ends it: what runs by then stays, what does not is removed.
void scale_up(ScaleOrder order, ScaleDone done);

/// Tells the surplus to stop, each with its own signal and grace, and removes it when it has. Done says so once
/// the Engine had a second to object. At zero the last one is only stopped.
void scale_down(ScaleOrder order, ScaleDone done);

}  // namespace setpoint
