// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/events.hpp"
#include "core/samples.hpp"

namespace setpoint {

/// Where collectors, watchers and actuators leave what they learnt, from any thread; never blocks. The
/// agent stamps it with the time of arrival and feeds it to the reducer in that order.
class Sink {
public:
    virtual ~Sink() = default;
    virtual void post(Sample sample) = 0;
    virtual void post(TargetState state) = 0;
    virtual void post(PodDelta delta) = 0;
    virtual void post(ApplyResult result) = 0;
};

}  // namespace setpoint
