// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "collectors/collector.hpp"
#include "collectors/kube_metrics.hpp"
#include "collectors/kube_stats.hpp"
#include "collectors/kubelets.hpp"
#include "collectors/troubles.hpp"

namespace setpoint {

/// CPU (cores) and memory (bytes) of a target's pods, from the kubelets of their nodes. Of nodes whose kubelet is not read from
/// metrics.k8s.io, which is asked only then.
class KubeletStats final : public Collector {
public:
    /// Why metrics come from metrics.k8s.io, when that begins and when the reason changes; empty: they do not. Told once in any case.
    using Detoured = std::function<void(const std::string& why)>;
    struct Ports {
        Troubles::Told told;
        Detoured detoured;
    };

    KubeletStats(IoThread& io, const Clock& clock, Kubelets& kubelets, KubeMetrics& metrics, KubeStats::Settings settings, Ports ports);
    ~KubeletStats() override;

    /// A pod without a value is absent from the sample, never zero. `no_data`: no pod has one; `failed`: none has, and a kubelet and
    /// the API in its place did not answer.
    void collect(Duration deadline, Sink& sink) override;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
