// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actuators/actuator.hpp"
#include "core/ids.hpp"

namespace setpoint {

/// Stands where an actuator would, for one who only wants to watch: every order is refused, nothing is set.
class Shadow final : public Actuator {
public:
    explicit Shadow(TargetId target) : target_(target) {}
    void apply(Replicas seen, Replicas wanted, Duration deadline, Sink& sink) override;

private:
    TargetId target_;
};

}  // namespace setpoint
