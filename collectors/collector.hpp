// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/sink.hpp"
#include "core/time.hpp"

namespace setpoint {

/// Reads the signals bound to one source. One call serves all of them.
class Collector {
public:
    virtual ~Collector() = default;
    /// Asks the source once and posts one Sample (of a value, of no_data or of failed) for each of its
    /// signals to `sink`, from the I/O thread, at the latest shortly after `deadline` from now. Never blocks.
    virtual void collect(Duration deadline, Sink& sink) = 0;
};

}  // namespace setpoint
