// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/ids.hpp"
#include "core/replicas.hpp"
#include "core/sink.hpp"
#include "core/time.hpp"

namespace setpoint {

/// Sets one target's size.
class Actuator {
public:
    virtual ~Actuator() = default;
    /// Which replicas should go with the step down that is asked for next, where the orchestrator can be told. Never blocks.
    virtual void leave_first(std::vector<PodId>) {}
    /// Asks for an absolute size if the target still has `seen` replicas; repeating a call changes nothing.
    /// Posts one ApplyResult before `deadline` from now. Never blocks.
    virtual void apply(Replicas seen, Replicas wanted, Duration deadline, Sink& sink) = 0;
};

}  // namespace setpoint
