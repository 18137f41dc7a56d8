// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actuators/actuator.hpp"
#include "actuators/kube_own_pods.hpp"
#include "actuators/kube_view.hpp"
#include "actuators/watcher.hpp"
#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_cluster.hpp"
#include "core/events.hpp"
#include "core/ids.hpp"
#include "core/obstacle.hpp"

namespace setpoint {

/// One workload of a cluster, sized by its scale subresource; or, of a HorizontalPodAutoscaler or a ScaledObject, the least that it
/// leaves its own workload, whose pods count. A size is written only where the one that was seen still is (a JSON patch that
/// tests it), and where no other autoscaler sizes the same.
///
/// While it is not seen, a look says nothing, so that the size last seen stays.
class KubeTarget final : public Watcher, public Actuator {
public:
    struct Settings {
        TargetId target{};
        KubeName object;
        std::vector<std::string> containers;  // that signals read by name
        std::function<void()> changed;  // on the I/O thread, when the size or its pods did
        std::function<void(bool trouble, const std::string&)> told;  // what is no obstacle, and should be known; on the I/O thread
    };
    /// What is in the way, once when it begins and with nothing when it is over; on the I/O thread.
    using Told = std::function<void(const std::optional<Obstacle>&)>;
    /// Visits the target's pods; only on the I/O thread.
    using EachPod = KubeOwnPods::EachPod;

    /// For how long writes may be on their way from now on, as the agent holds its Lease; or why none may begin. Asked on the I/O
    /// thread before each.
    using MayWrite = std::function<Result<Duration>()>;

    KubeTarget(IoThread& io, KubeCluster& cluster, const Clock& clock, Settings settings, MayWrite may_write, Told told);
    ~KubeTarget() override;
    KubeTarget(const KubeTarget&) = delete;
    KubeTarget& operator=(const KubeTarget&) = delete;

    void look(Duration deadline, Sink& sink) override;
    /// By their deletion cost. Where it cannot be set the size is set all the same.
    void leave_first(std::vector<PodId> pods) override;
    void apply(Replicas seen, Replicas wanted, Duration deadline, Sink& sink) override;

    /// For those who read the pods' signals; lives on without this, and then visits none.
    [[nodiscard]] std::function<void(const EachPod&)> pods() const;
    /// Says which pods these are, as queries write a selector; empty until the target was seen once. Only on the I/O thread.
    [[nodiscard]] std::function<std::string()> selector() const;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
