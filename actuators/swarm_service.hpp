// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actuators/actuator.hpp"
#include "actuators/swarm_news.hpp"
#include "actuators/watcher.hpp"
#include "clients/clock.hpp"
#include "clients/docker_client.hpp"
#include "clients/docker_watch.hpp"
#include "clients/io_thread.hpp"
#include "core/ids.hpp"

namespace setpoint {

/// A replicated service of the Swarm that the Engine manages: watched, and sized.
///
/// A size is set by an update of the service's own spec with nothing else changed, on the version that was read: if somebody
/// else was faster, the manager refuses it. Swarm makes and removes the tasks. Rollouts go first (swarm_plan.hpp).
class SwarmService final : public Watcher, public Actuator {
public:
    struct Settings {
        TargetId target{};
        std::string service;   // its name
        SwarmNews::Reads reads = SwarmNews::Reads::elsewhere;
        std::function<void()> changed;  // it did: worth a look; on the I/O thread, may be absent
    };
    /// What an operator wants to know. On the I/O thread.
    using Told = std::function<void(const SwarmNews::Line&)>;

    SwarmService(IoThread& io, DockerClient& docker, DockerWatch& watch, const Clock& clock, Settings settings, Told told);
    ~SwarmService() override;

    /// TargetState.replicas is the size asked for, and stays at the size seen while an apply is on its way. Of a service that
    /// is not there, or has no size, nothing is posted but its pods gone.
    void look(Duration deadline, Sink& sink) override;

    /// One at a time: a second one while the first is on its way is refused. The result comes when the manager took the size,
    /// not when the tasks run.
    void apply(Replicas seen, Replicas wanted, Duration deadline, Sink& sink) override;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
