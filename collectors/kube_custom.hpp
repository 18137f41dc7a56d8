// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "clients/clock.hpp"
#include "clients/io_thread.hpp"
#include "collectors/collector.hpp"
#include "collectors/kube_custom_path.hpp"
#include "collectors/kube_target_pods.hpp"
#include "collectors/kube_values.hpp"
#include "collectors/troubles.hpp"
#include "core/ids.hpp"

namespace setpoint {

/// The signals of one target that the cluster's custom and external metrics APIs answer, read as HPA reads them.
class KubeCustom final : public Collector {
public:
    using Metric = std::variant<KubePodMetric, KubeObjectMetric, KubeExternalMetric>;
    struct Signal {
        SignalId signal{};
        Metric metric;
    };
    struct Settings {
        TargetId target{};
        std::string ns;
        KubeTargetPods pods;                        // for metrics of pods
        std::function<std::string()> pod_selector;  // of the target's own, as HPA asks; null, or empty while it is not known: all pods of the namespace
        std::vector<Signal> signals;
        Duration fresh{};                           // an answer that another policy got so long ago serves, too
    };

    KubeCustom(IoThread& io, const Clock& clock, KubeValues& values, Settings settings, Troubles::Told told);
    ~KubeCustom() override;

    /// A metric that the API does not know, or that has no value, is `no_data`; everything else that gives none `failed`.
    void collect(Duration deadline, Sink& sink) override;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
