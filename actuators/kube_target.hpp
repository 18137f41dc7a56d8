// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actuators/actuator.hpp"
#include "actuators/watcher.hpp"
#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_cluster.hpp"
#include "core/events.hpp"
#include "core/ids.hpp"

namespace setpoint {

/// One Deployment, StatefulSet, ReplicaSet or ReplicationController, as the cluster's watches show it, sized by its scale
/// subresource. A size is written only where the one that was seen still is (a JSON patch that tests it). While a rollout is
/// under way it is not lowered; past the rollout's deadline it is.
///
/// While nothing is heard of changes, a look says nothing, so that the size last seen stays.
class KubeTarget final : public Watcher, public Actuator {
public:
    struct Settings {
        TargetId target{};
        std::string kind;               // of built_in_workload
        std::string ns;
        std::string name;
        std::function<void()> changed;  // on the I/O thread, when the size or its pods did
    };
    /// What is worth a line of the log; `trouble` or its end.
    using Told = std::function<void(bool trouble, const std::string& text)>;
    /// Visits the target's pods; only on the I/O thread.
    using EachPod = std::function<void(PodId, const std::string& name, const KubePod&)>;

    /// For how long writes may be on their way from now on, as the agent holds its Lease; or why none may begin. Asked on the I/O
    /// thread before each.
    using MayWrite = std::function<Result<Duration>()>;

    KubeTarget(IoThread& io, KubeCluster& cluster, const Clock& clock, Settings settings, MayWrite may_write, Told told);
    ~KubeTarget() override;
    KubeTarget(const KubeTarget&) = delete;
    KubeTarget& operator=(const KubeTarget&) = delete;

    void look(Duration deadline, Sink& sink) override;
    void apply(Replicas seen, Replicas wanted, Duration deadline, Sink& sink) override;

    /// For those who read the pods' signals; lives on without this, and then visits none.
    [[nodiscard]] std::function<void(const EachPod&)> pods() const;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
