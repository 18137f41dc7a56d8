// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "clients/docker_client.hpp"
#include "clients/docker_watch.hpp"
#include "clients/io_thread.hpp"
#include "core/result.hpp"

namespace setpoint {

/// All containers of the Engine, once: waits for the answer, some seconds at most. Not on the I/O thread.
[[nodiscard]] Result<std::vector<ContainerSummary>> look_at_containers(DockerClient& docker);

/// Looks at all containers of the Engine when something happened to one, and now and then all the same: also at those
/// without a label, since they may belong to a target that a label names. While the Engine does not answer there is
/// nothing to see, and nothing changes.
class LabelWatch {
public:
    /// Called on the I/O thread.
    using Seen = std::function<void(std::vector<ContainerSummary>)>;

    static constexpr Duration kDeadline = std::chrono::seconds{5};
    static constexpr Duration kLookEvery = std::chrono::seconds{3};

    LabelWatch(IoThread& io, DockerWatch& watch, Seen seen);
    /// `seen` is not called any more once this returns.
    ~LabelWatch();
    LabelWatch(const LabelWatch&) = delete;
    LabelWatch& operator=(const LabelWatch&) = delete;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
