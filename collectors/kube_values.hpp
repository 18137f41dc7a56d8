// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "clients/clock.hpp"
#include "clients/deadline.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_client.hpp"
#include "collectors/kube_custom_path.hpp"
#include "collectors/kube_metric_values.hpp"
#include "collectors/kube_metrics_api.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A cluster's custom.metrics.k8s.io and external.metrics.k8s.io, for all policies: who asks the same while an answer is on its way,
/// or is fresh enough, shares it. Give it a KubeClient of its own, or that of KubeMetrics.
class KubeValues {
public:
    struct Answer {
        std::vector<KubeMetricValue> values;
        std::string unknown;  // the server's words, where it does not know the metric or the object
    };
    using Done = std::function<void(const Result<std::shared_ptr<const Answer>>&)>;

    KubeValues(IoThread& io, KubeClient& kube, const Clock& clock);
    ~KubeValues();
    KubeValues(const KubeValues&) = delete;
    KubeValues& operator=(const KubeValues&) = delete;

    /// `path`: of metric_path. In the newest version that the cluster serves, which is looked up once a minute. Only on the I/O thread.
    /// An answer asked for less than `fresh` ago serves. `done` is called exactly once, unless this is destroyed before; maybe at once.
    /// Errors are KubeClient's; `no_data`: the API is not installed.
    void ask(const KubeMetricsApi& api, const std::string& path, Duration fresh, Deadline deadline, Done done);

    /// What the kind of `metric` is called in paths.
    void resource(const KubeObjectMetric& metric, Deadline deadline, std::function<void(const Result<std::string>&)> done);

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
