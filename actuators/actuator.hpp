// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/replicas.hpp"
#include "core/sink.hpp"
#include "core/time.hpp"

namespace setpoint {

/// Sets one target's size.
class Actuator {
public:
    virtual ~Actuator() = default;
    /// Asks for an absolute size if the target still has `seen` replicas; repeating a call changes nothing.
    /// Posts one ApplyResult before `deadline` from now. Never blocks.
    virtual void apply(Replicas seen, Replicas wanted, Duration deadline, Sink& sink) = 0;
};

}  // namespace setpoint
