// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actuators/actuator.hpp"
#include "actuators/watcher.hpp"
#include "agent/live/live_policy.hpp"
#include "clients/docker_client.hpp"
#include "clients/kube_config.hpp"
#include "collectors/collector.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"

namespace setpoint {

/// What drives one policy's target: what watches and sizes it, which may be one thing, and what reads its signals.
struct Attached {
    std::shared_ptr<Watcher> watcher;
    std::shared_ptr<Actuator> actuator;
    std::vector<std::unique_ptr<Collector>> collectors;
    std::vector<std::vector<SignalId>> signals;  // of each collector
};

/// Tells the log of signals that cannot be read, once when that begins and once when it is over. `log` must outlive it.
using SignalTold = std::function<void(SignalId, const std::optional<Error>&)>;
[[nodiscard]] SignalTold signal_told(spdlog::logger& log, const LivePolicy& policy);

/// Where an agent's targets run: on one Engine, or in one cluster. Agent and recorder know no more of it.
class Orchestrator {
public:
    virtual ~Orchestrator() = default;

    /// `the Engine at unix:///run/docker.sock`
    [[nodiscard]] virtual const std::string& name() const = 0;

    /// Asks it who it is: an Engine by a name that no other has. The answer comes on the I/O thread, at the latest shortly after
    /// `deadline`.
    virtual void ask(Duration deadline, std::function<void(Result<std::string>)> done) = 0;

    /// Makes this agent the only one that writes there, once it has said who it is. `done` comes on the I/O thread or at
    /// once: with nothing when it may write, with an error (`conflict`: another agent does) when it may not or no longer.
    virtual void claim(const std::string& identity, std::function<void(Result<>)> done) = 0;
    /// Whether it is that one now. From any thread.
    [[nodiscard]] virtual bool may_write() const { return true; }
    /// Lets another agent be that one at once; waits a moment. Its writes must have ended.
    virtual void release() {}

    /// What this one has to watch, to size and to read for the target `id` of `policy`. `changed` is called from the I/O
    /// thread when the target did. A target that is only watched is left as it is, strays and all.
    enum class Use : std::uint8_t { drive, watch };
    [[nodiscard]] virtual Result<Attached> attach(TargetId id, const LivePolicy& policy, Use use, std::function<void()> changed) = 0;
};

/// An Engine, and the folders for its lock, of which the first is used that can be written.
struct DockerSettings {
    DockerEndpoint endpoint;
    std::vector<std::filesystem::path> lock_folders;
};
/// A cluster, and the Lease that one of its agents at a time holds.
struct ClusterSettings {
    KubeAccess access;
    std::string lease_namespace = {};  // empty: our own
    std::string lease_name = "setpoint";
};
using Whereabouts = std::variant<DockerSettings, ClusterSettings>;

}  // namespace setpoint
