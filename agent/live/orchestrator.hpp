// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <cstddef>
#include <cstdint>
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
#include "core/obstacle.hpp"
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

/// What is in a target's way, once when that begins and with nothing when it is over; on the I/O thread.
using ObstacleTold = std::function<void(const std::optional<Obstacle>&)>;
/// Tells the log, and `also` where there is one.
[[nodiscard]] ObstacleTold obstacle_told(spdlog::logger& log, const LivePolicy& policy, ObstacleTold also);

/// What a target tells its agent, from the I/O thread or at once.
struct TargetPorts {
    std::function<void()> changed;  // its size or its pods did
    ObstacleTold hindered;
    std::function<void(const std::string& why)> detoured;  // its metrics come another way than was asked for; empty: they do not
};

/// Where an agent's targets run: on one Engine, or in one cluster. Agent and recorder know no more of it.
class Orchestrator {
public:
    virtual ~Orchestrator() = default;

    /// `the Engine at unix:///run/docker.sock`
    [[nodiscard]] virtual const std::string& name() const = 0;

    /// Asks it who it is: an Engine by a name that no other has. The answer comes on the I/O thread, at the latest shortly after
    /// `deadline`.
    virtual void ask(Duration deadline, std::function<void(Result<std::string>)> done) = 0;

    /// In which place of those who wrote there one after the other, where that is counted.
    using Term = std::optional<std::uint64_t>;
    /// What is heard of a claim, on the I/O thread or at once.
    struct Claim {
        std::function<void(Result<Term>)> done;            // it writes from here on; or why it never will (`conflict`: another agent does)
        std::function<void(const std::string& why)> lost;  // it does not for now; `done` comes again when it does
    };
    /// Makes this agent the only one that writes there, once it has said who it is.
    virtual void claim(const std::string& identity, Claim claim) = 0;
    /// Lets another agent be that one at once; waits a moment. Its writes must have ended.
    virtual void release() {}

    /// What this one has to watch, to size and to read for the target of `policy`; it posts with `key`. A target that is only watched
    /// is left as it is, strays and all.
    enum class Use : std::uint8_t { drive, watch };
    [[nodiscard]] virtual Result<Attached> attach(TargetId key, const LivePolicy& policy, Use use, TargetPorts ports) = 0;
};

/// An Engine, and the folders for its lock, of which the first is used that can be written.
struct DockerSettings {
    DockerEndpoint endpoint;
    std::vector<std::filesystem::path> lock_folders;
};
/// A cluster, and the Lease that one of its agents at a time holds; or those that its agents share, with names that begin so.
struct ClusterSettings {
    KubeAccess access;
    std::string lease_namespace = {};  // empty: our own
    std::string lease_name = "setpoint";
    std::size_t shards = 1;            // Leases; with several, each is for a part of the policies (shards.hpp)
    bool shadow = false;               // only watches: it needs no Lease, and nothing is ever written
    bool kubelets = false;             // CPU and memory of pods from their nodes' kubelets, where those can be read
    std::string kubelet_ca = {};       // a file: who signed their certificates; empty: the cluster's CA
};
using Whereabouts = std::variant<DockerSettings, ClusterSettings>;

}  // namespace setpoint
