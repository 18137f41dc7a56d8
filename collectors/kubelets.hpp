// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "clients/clock.hpp"
#include "clients/deadline.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_cluster.hpp"
#include "clients/kubelet_client.hpp"
#include "core/result.hpp"

namespace setpoint {

struct NodeUsage;

/// The kubelets of a cluster, for all policies: each is asked once, and shared by those that ask while its answer is on its way or
/// fresh enough. One that cannot be read is left alone for a while.
class Kubelets {
public:
    using Usage = std::shared_ptr<const NodeUsage>;
    using Done = std::function<void(const Result<Usage>&)>;
    /// Of a node: why its kubelet is not read, once when that begins and when the reason is of another kind; nothing, when it is over.
    using Told = std::function<void(const std::string& node, const std::optional<Error>&)>;

    struct Settings {
        Duration soonest = std::chrono::seconds{2};  // an answer serves for so long, since a kubelet counts about every 10 s
        Duration pause = std::chrono::seconds{10};   // after a failure
    };

    Kubelets(IoThread& io, KubeCluster& cluster, std::unique_ptr<KubeletClient> client, const Clock& clock, Told told, Settings settings);
    Kubelets(IoThread& io, KubeCluster& cluster, std::unique_ptr<KubeletClient> client, const Clock& clock, Told told);
    ~Kubelets();
    Kubelets(const Kubelets&) = delete;
    Kubelets& operator=(const Kubelets&) = delete;

    /// Only on the I/O thread. What was asked for less than `fresh` ago serves. `done` is called exactly once, unless this is destroyed
    /// before; maybe at once. Errors are KubeletClient's, and those of the list of nodes; they name the node.
    void usage(const std::string& node, Duration fresh, Deadline deadline, Done done);

private:
    class State;
    IoThread& io_;
    std::unique_ptr<KubeletClient> client_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
