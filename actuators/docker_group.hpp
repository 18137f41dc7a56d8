// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actuators/actuator.hpp"
#include "actuators/watcher.hpp"
#include "clients/clock.hpp"
#include "clients/docker_client.hpp"
#include "clients/docker_watch.hpp"
#include "clients/io_thread.hpp"
#include "core/ids.hpp"

namespace setpoint {

/// A group of plain containers with one label: watched, and sized.
///
/// Up: new containers are made as an existing one is, and carry `setpoint.dev/policy` and
/// `setpoint.dev/operation`. Down: ours before those that were there before, unhealthy before healthy, newest
/// first, each with its own stop signal and grace; anonymous volumes only with what we made. At zero the last
/// one is stopped and kept, as the template of the next start.
///
/// The size is what runs or starts and is not being stopped by us. A container of ours that does not run
/// (made by an operation that was cut off, or fallen over) is removed by the next look, unless the group is only
/// watched.
class DockerGroup final : public Watcher, public Actuator {
public:
    enum class Strays : std::uint8_t { remove, leave };
    struct Settings {
        TargetId target{};
        std::string policy;    // the policy's name: the mark on what we make
        std::vector<std::string> labels;  // app=cart: every container that carries all of them
        Strays strays = Strays::remove;  // leave: for one who only watches
        // Both on the I/O thread; either may be absent.
        std::function<void()> changed;                   // the group did: it is worth a look
        std::function<void(const Error&)> cannot_grow;   // as it is, and the cure; once for each model of new ones
    };

    DockerGroup(IoThread& io, DockerClient& docker, DockerWatch& watch, const Clock& clock, Settings settings);
    ~DockerGroup() override;

    /// Says who changed the size, as far as the Engine's events tell: a container that nobody told to end was nobody's wish.
    /// TargetState.replicas stays at the size seen while an apply is on its way, so that its own
    /// steps do not look like somebody else's; TargetState.status tells what exists.
    void look(Duration deadline, Sink& sink) override;

    /// One at a time: a second one while the first is on its way is refused. The result comes when new
    /// containers run, or when the others were told to stop, not when they have.
    void apply(Replicas seen, Replicas wanted, Duration deadline, Sink& sink) override;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
