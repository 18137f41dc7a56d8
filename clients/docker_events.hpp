// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "clients/docker_client.hpp"
#include "clients/io_thread.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Something that happened to a container or a Swarm service.
struct EngineEvent {
    std::string type;     // container, service; empty where it could not be read
    std::string action;   // start, die, kill, update, `health_status: healthy`, ...
    std::string id;
    std::map<std::string, std::string> attributes;  // the container's labels among them
};

/// One line of the stream. `bad_reply` where it is none.
[[nodiscard]] Result<EngineEvent> parse_event(std::string_view json);

/// Follows the Engine's events, and begins anew with a growing pause when the stream ends. On the I/O thread.
class DockerEvents {
public:
    struct Listener {
        std::function<void()> linked;  // from here on nothing is missed
        std::function<void()> lost;
        std::function<void(const EngineEvent&)> happened;
    };

    static constexpr Duration kLongest = std::chrono::minutes{10};  // one stream; then a new one
    static constexpr Duration kFirstPause = std::chrono::seconds{1};
    static constexpr Duration kLongestPause = std::chrono::seconds{15};
    static constexpr std::size_t kLongestLine = 256U << 10U;        // an event has all labels of its container

    DockerEvents(IoThread& io, DockerClient& docker, Listener listener);
    /// Nothing is told any more once this returns.
    ~DockerEvents();
    DockerEvents(const DockerEvents&) = delete;
    DockerEvents& operator=(const DockerEvents&) = delete;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
