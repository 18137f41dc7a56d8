// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/sink.hpp"
#include "core/time.hpp"

namespace setpoint {

/// Says what is there of one target.
class Watcher {
public:
    virtual ~Watcher() = default;
    /// Looks once and posts a TargetState and the PodDeltas since the last look to `sink`, from the I/O thread,
    /// at the latest shortly after `deadline` from now; nothing where the orchestrator does not answer, so the
    /// target keeps the size last seen. A look while another is on its way is skipped. Never blocks.
    virtual void look(Duration deadline, Sink& sink) = 0;
};

}  // namespace setpoint
