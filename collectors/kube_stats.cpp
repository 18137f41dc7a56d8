// SPDX-License-Identifier: Apache-2.0
#include "collectors/kube_stats.hpp"

#include <utility>

#include "collectors/kube_metrics_api.hpp"
#include "collectors/pod_readings.hpp"

namespace setpoint {

/// Lives on the I/O thread.
class KubeStats::State : public std::enable_shared_from_this<KubeStats::State> {
public:
    State(const Clock& clock, KubeMetrics& metrics, Settings settings, Troubles::Told told)
        : clock_(clock), metrics_(metrics), settings_(std::move(settings)), troubles_(std::move(told)) {}

    void collect(Deadline deadline, Sink& sink) {
        if (closed_) return;
        metrics_.pods(settings_.ns, settings_.fresh, deadline,
                      [self = shared_from_this(), &sink](const Result<std::shared_ptr<const KubeMetrics::Pods>>& pods) { self->take(pods, sink); });
    }

    void close() { closed_ = true; }

private:
    void take(const Result<std::shared_ptr<const KubeMetrics::Pods>>& pods, Sink& sink) {
        if (closed_) return;
        for (const auto& signal : settings_.signals) {
            Sample sample;
            sample.target = settings_.target;
            sample.signal = signal.signal;
            if (pods) troubles_.now(signal.signal, read(signal, **pods, sample));
            else troubles_.now(signal.signal, failed(pods.error(), sample));
            sink.post(std::move(sample));
        }
    }

    Trouble failed(const Error& error, Sample& sample) const {
        sample.kind = SampleKind::failed;
        sample.measured = clock_.now();
        return explain(kResourceMetrics, "pods of namespace " + settings_.ns, error);
    }

    std::optional<Trouble> read(const Signal& signal, const KubeMetrics::Pods& metrics, Sample& sample) const {
        const auto now = clock_.wall();
        PodReadings readings{now};
        settings_.pods([&](PodId id, const std::string& name, const KubePod& pod) {
            const auto found = metrics.find(name);
            if (found == metrics.end()) readings.add(id, name, pod, fail(Errc::no_data, nothing_of(metrics)));
            else readings.add(id, name, pod, amount_of(found->second, pod, signal.resource, signal.container, now));
        });
        readings.finish(sample, clock_);
        return readings.trouble(std::string{kResourceMetrics.group} + " in namespace " + settings_.ns);
    }

    static std::string nothing_of(const KubeMetrics::Pods& metrics) {
        return metrics.empty() ? "it has none of any pod: does its server reach the kubelets?" : "it does not have this pod";
    }

    const Clock& clock_;
    KubeMetrics& metrics_;
    const Settings settings_;
    Troubles troubles_;
    bool closed_ = false;
};

KubeStats::KubeStats(IoThread& io, const Clock& clock, KubeMetrics& metrics, Settings settings, Troubles::Told told)
    : io_(io), state_(std::make_shared<State>(clock, metrics, std::move(settings), std::move(told))) {}

KubeStats::~KubeStats() {
    io_.run([this] { state_->close(); });
}

void KubeStats::collect(Duration deadline, Sink& sink) {
    io_.post([state = state_, deadline = Deadline{deadline}, &sink] { state->collect(deadline, sink); });
}

}  // namespace setpoint
