// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "clients/deadline.hpp"
#include "clients/docker_client.hpp"
#include "clients/docker_events.hpp"
#include "clients/io_thread.hpp"

namespace setpoint {

/// The containers of one Engine, known to everybody who asks: one list for all, made anew when the Engine's events say
/// that something changed, and now and then. Without events, whoever asks has a list of its own time.
///
/// Everything on the I/O thread.
class DockerWatch {
public:
    using Containers = std::vector<ContainerSummary>;
    /// What happened to containers with one's labels; in doubt, to anything.
    using Heard = std::function<void(const EngineEvent&)>;
    /// Ends the hearing when dropped.
    using Subscription = std::shared_ptr<void>;

    static constexpr const char* kServiceLabel = "com.docker.swarm.service.name";

    /// How long a list holds while the events say that nothing changed: they may fall silent unnoticed.
    static constexpr Duration kHolds = std::chrono::seconds{10};

    DockerWatch(IoThread& io, DockerClient& docker);
    ~DockerWatch();
    DockerWatch(const DockerWatch&) = delete;
    DockerWatch& operator=(const DockerWatch&) = delete;

    /// All containers, stopped ones too, that carry every one of `labels` (`app=cart`, or `app` for any value).
    void list(const std::vector<std::string>& labels, Deadline deadline, DockerClient::Done<Containers> done);
    /// What was known is old: the caller changed something.
    void changed();
    /// A Swarm service's events count as having the label `com.docker.swarm.service.name`.
    [[nodiscard]] Subscription on_event(std::vector<std::string> labels, Heard heard);

    /// Which unbroken stretch of the events this is; 0 while there are none.
    [[nodiscard]] std::uint64_t stretch() const;
    /// Whether somebody told this container to end, as far as the events of this stretch say.
    [[nodiscard]] bool told_to_end(const std::string& id) const;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
    DockerEvents events_;
};

}  // namespace setpoint
