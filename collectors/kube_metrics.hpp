// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "clients/clock.hpp"
#include "clients/deadline.hpp"
#include "clients/io_thread.hpp"
#include "clients/kube_client.hpp"
#include "collectors/kube_pod_usage.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A cluster's metrics.k8s.io, for all policies: one list a namespace, shared by those that ask while it is on its way or
/// fresh enough. Give it a KubeClient of its own: where that API's server is in trouble, the lists of pods should not wait for it.
class KubeMetrics {
public:
    using Pods = std::unordered_map<std::string, PodUsage>;  // by name
    using Done = std::function<void(const Result<std::shared_ptr<const Pods>>&)>;

    KubeMetrics(IoThread& io, KubeClient& kube, const Clock& clock);
    ~KubeMetrics();
    KubeMetrics(const KubeMetrics&) = delete;
    KubeMetrics& operator=(const KubeMetrics&) = delete;

    /// Only on the I/O thread. A list asked for less than `fresh` ago serves. `done` is called exactly once, unless this is destroyed
    /// before; maybe at once. Errors are KubeClient's.
    void pods(const std::string& ns, Duration fresh, Deadline deadline, Done done);

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
