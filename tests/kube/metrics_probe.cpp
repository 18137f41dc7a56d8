// SPDX-License-Identifier: Apache-2.0
// Prints what the collectors make of a cluster's metrics APIs, as a line of JSON for each round: tests/e2e/kube_metrics.py reads it.
//
//   metrics_probe ROUNDS NAMESPACE SIGNAL...
//   SIGNAL: cpu, memory, cpu/CONTAINER, pods/METRIC, object/KIND/NAME/METRIC[/APIVERSION], external/METRIC[/SELECTOR]
//
// Which cluster KUBECONFIG says. All pods of the namespace are the target's. A line on stdin begins a round.
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "agent/live/kubeconfig.hpp"
#include "collectors/kube_custom.hpp"
#include "collectors/kube_stats.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

std::vector<std::string> split(const std::string& text, std::size_t most) {
    std::vector<std::string> parts;
    std::size_t from = 0;
    for (auto at = text.find('/'); at != std::string::npos && parts.size() + 1 < most; at = text.find('/', from)) {
        parts.push_back(text.substr(from, at - from));
        from = at + 1;
    }
    parts.push_back(text.substr(from));
    parts.resize(most);
    return parts;
}

const char* name_of(SampleKind kind) {
    switch (kind) {
        case SampleKind::scalar: return "scalar";
        case SampleKind::pods: return "pods";
        case SampleKind::pods_mean: return "pods_mean";
        case SampleKind::no_data: return "no_data";
        case SampleKind::failed: return "failed";
    }
    return "";
}

/// Gathers a round's samples and troubles.
class Gathered final : public Sink {
public:
    explicit Gathered(const Clock& clock) : clock_(clock) {}

    void post(Sample sample) override {
        Json pods = Json::object();
        const std::lock_guard guard{lock_};
        for (const auto& pod : sample.pods) {
            pods[names[pod.pod]] = {{"value", pod.value}, {"age", seconds(clock_.now() - pod.measured)}, {"window", seconds(pod.window)}};
        }
        samples_[std::to_string(index(sample.signal))] = {{"kind", name_of(sample.kind)}, {"value", sample.value}, {"window", seconds(sample.window)},
                                                          {"age", seconds(clock_.now() - sample.measured)}, {"pods", pods}};
        came_.notify_all();
    }
    void post(TargetState) override {}
    void post(PodDelta) override {}
    void post(ApplyResult) override {}

    void tell(SignalId signal, const std::optional<Error>& error) {
        const std::lock_guard guard{lock_};
        told_[std::to_string(index(signal))] = error ? error->message : "";
    }

    Json wait(std::size_t count) {
        std::unique_lock lock{lock_};
        came_.wait_for(lock, 30s, [&] { return samples_.size() >= count; });
        return {{"samples", std::exchange(samples_, Json::object())}, {"told", std::exchange(told_, Json::object())}};
    }

    std::map<PodId, std::string> names;  // filled before the first round, on the I/O thread

private:
    const Clock& clock_;
    std::mutex lock_;
    std::condition_variable came_;
    Json samples_ = Json::object();
    Json told_ = Json::object();
};

/// Waits for the first list of pods.
void wait_for_pods(IoThread& io, KubePods& pods) {
    bool listed = false;
    while (!listed) io.run([&] { listed = pods.listed() || pods.trouble(); });
}

int probe(const std::vector<std::string>& words) {
    const auto access = read_kubeconfig([](const char* name) { return std::getenv(name); }, "");
    if (!access) return std::cerr << access.error().message << '\n', 2;
    const Clock clock;
    Gathered gathered{clock};
    IoThread io;
    auto kube = KubeClient::connect(io, *access);
    if (!kube) return std::cerr << kube.error().message << '\n', 2;
    const auto& ns = words[1];
    const auto pods = watch_pods(io, **kube, ns);
    wait_for_pods(io, *pods);
    const auto visit = [&](const std::function<void(PodId, const std::string&, const KubePod&)>& tell) {
        pods->each([&](const std::string& key, const KubePods::Item& item) {
            const auto name = key.substr(ns.size() + 1);
            gathered.names[PodId{item.uid}] = name;
            tell(PodId{item.uid}, name, item.value);
        });
    };
    KubeMetrics metrics{io, **kube, clock};
    KubeValues values{io, **kube, clock};
    KubeStats::Settings stats{TargetId{0}, ns, visit, {}, 0s};
    KubeCustom::Settings custom{TargetId{0}, ns, visit, {}, {}, 0s};
    for (std::size_t i = 2; i < words.size(); ++i) {
        const auto part = split(words[i], 5);
        const SignalId signal{static_cast<std::uint16_t>(i - 2)};
        if (part[0] == "cpu") stats.signals.push_back({signal, PodResource::cpu, part[1]});
        else if (part[0] == "memory") stats.signals.push_back({signal, PodResource::memory, part[1]});
        else if (part[0] == "pods") custom.signals.push_back({signal, KubePodMetric{part[1]}});
        else if (part[0] == "external") custom.signals.push_back({signal, KubeExternalMetric{part[1], part[2]}});
        else custom.signals.push_back({signal, KubeObjectMetric{part[3], {}, part[1], part[2], part[4]}});
    }
    const auto count = stats.signals.size() + custom.signals.size();
    const auto tell = [&](SignalId signal, const std::optional<Error>& error) { gathered.tell(signal, error); };
    KubeStats stats_collector{io, clock, metrics, std::move(stats), tell};
    KubeCustom custom_collector{io, clock, values, std::move(custom), tell};
    std::string line;
    for (int round = std::atoi(words[0].c_str()); round > 0 && std::getline(std::cin, line); --round) {
        stats_collector.collect(10s, gathered);
        custom_collector.collect(10s, gathered);
        std::cout << gathered.wait(count) << std::endl;
    }
    return 0;
}

}  // namespace
}  // namespace setpoint

int main(int count, char** words) {
    if (count < 4) return std::cerr << "usage: metrics_probe ROUNDS NAMESPACE SIGNAL...\n", 2;
    return setpoint::probe({words + 1, words + count});
}
