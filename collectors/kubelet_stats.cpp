// SPDX-License-Identifier: Apache-2.0
#include "collectors/kubelet_stats.hpp"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "collectors/kube_metrics_api.hpp"
#include "collectors/node_usage.hpp"
#include "collectors/pod_readings.hpp"

namespace setpoint {
namespace {

using ApiPods = Result<std::shared_ptr<const KubeMetrics::Pods>>;

/// One reading on its way: what came of each node, and of the API where that was asked.
struct Round {
    Deadline deadline;
    Sink& sink;
    std::map<std::string, Result<Kubelets::Usage>> nodes = {};
    std::size_t open = 0;            // nodes that did not answer yet
    std::optional<ApiPods> api = {};

    /// Why kubelets are not read; absent: all are.
    [[nodiscard]] std::optional<Error> failure() const {
        std::optional<Error> first;
        std::size_t failed = 0;
        for (const auto& [name, usage] : nodes) {
            if (!usage && ++failed == 1) first = usage.error();
        }
        if (failed > 1) first->message += " (and " + std::to_string(failed - 1) + " more)";
        return first;
    }

    /// Whether its kubelet was read for the first time, which makes no CPU yet and is no trouble.
    [[nodiscard]] bool awaits_second(const KubePod& pod) const {
        const auto node = pod.node ? nodes.find(*pod.node) : nodes.end();
        return node != nodes.end() && node->second && (*node->second)->first;
    }
};

bool has_ended(const KubePod& pod) { return pod.phase == PodPhase::succeeded || pod.phase == PodPhase::failed; }

}  // namespace

/// Lives on the I/O thread.
class KubeletStats::State : public std::enable_shared_from_this<KubeletStats::State> {
public:
    State(const Clock& clock, Kubelets& kubelets, KubeMetrics& metrics, KubeStats::Settings settings, Ports ports)
        : clock_(clock),
          kubelets_(kubelets),
          metrics_(metrics),
          settings_(std::move(settings)),
          troubles_(std::move(ports.told)),
          detoured_(std::move(ports.detoured)) {}

    void collect(Deadline deadline, Sink& sink) {
        if (closed_) return;
        const auto round = std::make_shared<Round>(deadline, sink);
        settings_.pods([&](PodId, const std::string&, const KubePod& pod) {
            if (pod.node && !has_ended(pod)) round->nodes.try_emplace(*pod.node, Kubelets::Usage{});
        });
        std::vector<std::string> names;
        for (const auto& [name, usage] : round->nodes) names.push_back(name);
        round->open = names.size();
        if (names.empty()) return finish(*round);
        // The API may have to be asked after them.
        const Deadline half{deadline.left() / 2};
        for (const auto& name : names) {
            kubelets_.usage(name, settings_.fresh, half, [self = shared_from_this(), round, name](const Result<Kubelets::Usage>& usage) {
                round->nodes.insert_or_assign(name, usage);
                if (--round->open == 0) self->fall_back(round);
            });
        }
    }

    void close() { closed_ = true; }

private:
    void fall_back(const std::shared_ptr<Round>& round) {
        if (closed_) return;
        if (!round->failure()) return finish(*round);
        metrics_.pods(settings_.ns, settings_.fresh, round->deadline, [self = shared_from_this(), round](const ApiPods& pods) {
            round->api = pods;
            self->finish(*round);
        });
    }

    void finish(const Round& round) {
        if (closed_) return;
        tell_detour(round);
        for (const auto& signal : settings_.signals) {
            Sample sample;
            sample.target = settings_.target;
            sample.signal = signal.signal;
            troubles_.now(signal.signal, read(signal, round, sample));
            round.sink.post(std::move(sample));
        }
    }

    void tell_detour(const Round& round) {
        const auto failure = round.failure();
        const auto why = failure ? failure->message : std::string{};
        if (std::exchange(detour_, why) != why && detoured_) detoured_(why);
    }

    std::optional<Trouble> read(const KubeStats::Signal& signal, const Round& round, Sample& sample) const {
        PodReadings readings{clock_.wall()};
        settings_.pods([&](PodId id, const std::string& name, const KubePod& pod) {
            const auto read = amount(signal, round, name, pod);
            if (read || !round.awaits_second(pod)) readings.add(id, name, pod, read);
        });
        readings.finish(sample, clock_);
        const bool failed = round.api && !*round.api;
        if (failed && sample.kind == SampleKind::no_data) sample.kind = SampleKind::failed;
        if (failed) return beside(*round.failure(), round.api->error());
        return readings.trouble("kubelets");
    }

    /// Neither the kubelet nor the API in its place was read.
    [[nodiscard]] Trouble beside(const Error& kubelet, const Error& api) const {
        auto trouble = explain(kResourceMetrics, "pods of namespace " + settings_.ns, api);
        trouble.error.message = kubelet.message + "; and in its place: " + trouble.error.message;
        return trouble;
    }

    [[nodiscard]] Result<PodAmount> amount(const KubeStats::Signal& signal, const Round& round, const std::string& name, const KubePod& pod) const {
        const auto now = clock_.wall();
        const auto node = pod.node ? round.nodes.find(*pod.node) : round.nodes.end();
        if (node == round.nodes.end()) return fail(Errc::no_data, "it has no node");
        if (!node->second) return from_api(signal, round, name, pod);
        const auto& pods = (*node->second)->pods;
        const auto found = pods.find(settings_.ns + "/" + name);
        if (found == pods.end()) return fail(Errc::no_data, "the kubelet of " + node->first + " does not have it");
        return amount_of(usage_of(found->second, pod, signal.resource, signal.container), pod, signal.resource, signal.container, now);
    }

    [[nodiscard]] Result<PodAmount> from_api(const KubeStats::Signal& signal, const Round& round, const std::string& name, const KubePod& pod) const {
        if (!*round.api) return tl::unexpected(round.api->error());
        const auto& pods = **round.api;
        const auto found = pods->find(name);
        if (found == pods->end()) return fail(Errc::no_data, "metrics.k8s.io does not have it");
        return amount_of(found->second, pod, signal.resource, signal.container, clock_.wall());
    }

    const Clock& clock_;
    Kubelets& kubelets_;
    KubeMetrics& metrics_;
    const KubeStats::Settings settings_;
    Troubles troubles_;
    const Detoured detoured_;
    std::optional<std::string> detour_;  // what was told; absent: nothing yet
    bool closed_ = false;
};

KubeletStats::KubeletStats(IoThread& io, const Clock& clock, Kubelets& kubelets, KubeMetrics& metrics, KubeStats::Settings settings, Ports ports)
    : io_(io), state_(std::make_shared<State>(clock, kubelets, metrics, std::move(settings), std::move(ports))) {}

KubeletStats::~KubeletStats() {
    io_.run([this] { state_->close(); });
}

void KubeletStats::collect(Duration deadline, Sink& sink) {
    io_.post([state = state_, deadline = Deadline{deadline}, &sink] { state->collect(deadline, sink); });
}

}  // namespace setpoint
