// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "collectors/collector.hpp"
#include "collectors/kube_metrics.hpp"
#include "collectors/kube_pod_usage.hpp"
#include "collectors/kube_target_pods.hpp"
#include "collectors/troubles.hpp"
#include "core/ids.hpp"

namespace setpoint {

/// CPU (cores) and memory (bytes) of a target's pods, from metrics.k8s.io.
class KubeStats final : public Collector {
public:
    struct Signal {
        SignalId signal{};
        PodResource resource = PodResource::cpu;
        std::string container = {};  // only this one; empty: all of the pod
    };
    struct Settings {
        TargetId target{};
        std::string ns;
        KubeTargetPods pods;
        std::vector<Signal> signals;
        Duration fresh{};            // a list that another policy got so long ago serves, too
    };

    KubeStats(IoThread& io, const Clock& clock, KubeMetrics& metrics, Settings settings, Troubles::Told told);
    ~KubeStats() override;

    /// A pod without a value is absent from the sample, never zero. `no_data`: no pod has one; `failed`: the API did not answer.
    void collect(Duration deadline, Sink& sink) override;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
