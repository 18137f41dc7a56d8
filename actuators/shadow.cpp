// SPDX-License-Identifier: Apache-2.0
#include "actuators/shadow.hpp"

namespace setpoint {

void Shadow::apply(Replicas seen, Replicas wanted, Duration, Sink& sink) {
    ApplyResult result;
    result.target = target_;
    result.wanted = wanted;
    result.replicas = seen;
    result.outcome = ApplyOutcome::refused;
    result.message = "this agent only watches";
    sink.post(std::move(result));
}

}  // namespace setpoint
