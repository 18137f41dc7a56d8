// SPDX-License-Identifier: Apache-2.0
#include "agent/live/kube_orchestrator.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <random>
#include <utility>

#include "actuators/kube_target.hpp"
#include "clients/reply_json.hpp"
#include "collectors/kube_custom.hpp"
#include "collectors/kubelet_stats.hpp"

namespace setpoint {
namespace {

constexpr Duration kReleaseTime = std::chrono::seconds{2};

template <class... Each>
struct Overloaded : Each... {
    using Each::operator()...;
};
template <class... Each>
Overloaded(Each...) -> Overloaded<Each...>;

/// `Kubernetes v1.21.3`
Result<std::string> read_version(const std::string& json) {
    const auto object = reply_json::read(json);
    if (!object) return tl::unexpected<Error>(object.error());
    const auto version = reply_json::text(reply_json::member(*object, "gitVersion"));
    if (version.empty()) return fail(Errc::bad_reply, "the answer names no version");
    return "Kubernetes " + version;
}

/// Those that signals read by name.
std::vector<std::string> containers_of(const LivePolicy& policy) {
    std::vector<std::string> names;
    for (const auto& signal : policy.spec.signals) {
        if (!signal.container.empty() && std::ranges::find(names, signal.container) == names.end()) names.push_back(signal.container);
    }
    return names;
}

/// The pod's name, and what tells this process from the one before of that name.
std::string identity_of_this_process() {
    std::array<char, HOST_NAME_MAX + 1> host{};
    ::gethostname(host.data(), host.size() - 1);
    std::random_device random;
    return fmt::format("{}_{:08x}{:08x}", host.data(), random(), random());
}

}  // namespace

Result<std::unique_ptr<KubeOrchestrator>> KubeOrchestrator::make(IoThread& io, const Clock& clock, spdlog::logger& log, const ClusterSettings& settings) {
    Clients clients;
    for (auto* client : {&clients.cluster, &clients.metrics, &clients.lease, &clients.records}) {
        auto made = KubeClient::connect(io, settings.access);
        if (!made) return tl::unexpected<Error>(std::move(made.error()));
        *client = std::move(*made);
    }
    if (settings.kubelets) {
        auto made = KubeletClient::connect(io, settings.access, settings.kubelet_ca);
        if (!made) return tl::unexpected<Error>(std::move(made.error()));
        clients.kubelets = std::move(*made);
    }
    return std::unique_ptr<KubeOrchestrator>{new KubeOrchestrator{io, clock, log, settings, std::move(clients)}};
}

KubeOrchestrator::KubeOrchestrator(IoThread& io, const Clock& clock, spdlog::logger& log, const ClusterSettings& settings, Clients clients)
    : io_(io),
      clock_(clock),
      log_(log),
      name_(fmt::format("the API server of {}", settings.access.name)),
      own_namespace_(settings.access.own_namespace),
      cluster_(io, std::move(clients.cluster), clock),
      metrics_client_(std::move(clients.metrics)),
      metrics_(io, *metrics_client_, clock),
      values_(io, *metrics_client_, clock),
      records_client_(std::move(clients.records)),
      lease_client_(std::move(clients.lease)) {
    if (clients.kubelets) kubelets_ = std::make_unique<Kubelets>(io, cluster_, std::move(clients.kubelets), clock, kubelet_told());
    if (settings.shadow) return;
    const auto& ns = settings.lease_namespace.empty() ? own_namespace_ : settings.lease_namespace;
    const auto identity = identity_of_this_process();
    if (settings.shards > 1) shards_.emplace(io, *lease_client_, clock, ShardLeases::Settings{ns, settings.lease_name, identity, settings.shards});
    else lease_.emplace(io, *lease_client_, clock, LeaseElection::Settings{ns, settings.lease_name, identity});
}

void KubeOrchestrator::ask(Duration deadline, std::function<void(Result<std::string>)> done) {
    // Everybody may ask that, whatever the agent's own permissions.
    cluster_.client().get("/version", deadline, [done = std::move(done)](Result<std::string> answer) {
        done(answer.and_then([](const std::string& json) { return read_version(json); }));
    });
}

void KubeOrchestrator::claim(const std::string&, Claim claim) {
    if (!lease_) return claim.done(Term{});
    lease_->begin({[this](bool trouble, const std::string& why) {
                       log_.log(trouble ? spdlog::level::warn : spdlog::level::info, "waits, and changes no size: {}", why);
                   },
                   [done = std::move(claim.done)](std::uint64_t term) { done(Term{term}); },
                   std::move(claim.lost)});
}

void KubeOrchestrator::share(ShardLeases::Heard heard) { shards_->begin(std::move(heard)); }

void KubeOrchestrator::let_go(std::size_t shard) { shards_->let_go(shard); }

/// What was to be written down ends before: it could come after what the next agent writes.
void KubeOrchestrator::release() {
    records_client_.reset();
    if (lease_) lease_->release(kReleaseTime);
    if (shards_) shards_->release(kReleaseTime);
}

Result<Duration> KubeOrchestrator::may_write(std::size_t shard) const {
    if (shards_) return shards_->may_write(shard);
    return lease_ ? lease_->may_write() : fail(Errc::refused, "this agent is in shadow, and changes nothing");
}

Result<Attached> KubeOrchestrator::attach(TargetId id, const LivePolicy& policy, Use, TargetPorts ports) {
    const auto& workload = *policy.workload;
    const auto told = [this, name = policy.spec.full_name()](bool trouble, const std::string& what) {
        log_.log(trouble ? spdlog::level::warn : spdlog::level::info, "{}: {}", name, what);
    };
    const auto ns = policy.spec.name_space.empty() ? own_namespace_ : policy.spec.name_space;
    auto target = std::make_shared<KubeTarget>(io_, cluster_, clock_,
                                               KubeTarget::Settings{id, {workload.object_kind, workload.api_version, ns, workload.name}, containers_of(policy),
                                                                    std::move(ports.changed), told},
                                               [this, shard = policy.shard] { return may_write(shard); }, obstacle_told(log_, policy, std::move(ports.hindered)));
    Attached attached;
    const auto fresh = policy.spec.interval / 2;
    attach_metrics(policy, {{id, ns, target->pods(), {}, fresh}, {id, ns, target->pods(), target->selector(), {}, fresh}}, std::move(ports.detoured), attached);
    attached.watcher = target;
    attached.actuator = std::move(target);
    return attached;
}

Kubelets::Told KubeOrchestrator::kubelet_told() {
    return [this](const std::string& node, const std::optional<Error>& error) {
        if (error) log_.warn("{}; metrics of the pods there are asked of metrics.k8s.io", error->message);
        else log_.info("the kubelet of {} is read again", node);
    };
}

std::unique_ptr<Collector> KubeOrchestrator::usage_of(const LivePolicy& policy, KubeStats::Settings settings, Detoured detoured) {
    auto told = signal_told(log_, policy);
    if (!kubelets_) return std::make_unique<KubeStats>(io_, clock_, metrics_, std::move(settings), std::move(told));
    return std::make_unique<KubeletStats>(io_, clock_, *kubelets_, metrics_, std::move(settings), KubeletStats::Ports{std::move(told), std::move(detoured)});
}

void KubeOrchestrator::attach_metrics(const LivePolicy& policy, Questions questions, Detoured detoured, Attached& attached) {
    auto& [usage, values] = questions;
    std::vector<SignalId> used;
    std::vector<SignalId> valued;
    for (const auto& metric : policy.metrics) {
        const auto take = Overloaded{
            [&](const CpuSource& cpu) { usage.signals.push_back({metric.signal, PodResource::cpu, cpu.container}); },
            [&](const MemorySource& memory) { usage.signals.push_back({metric.signal, PodResource::memory, memory.container}); },
            [&](const PodMetricSource& of) { values.signals.push_back({metric.signal, KubePodMetric{of.name, of.selector}}); },
            [&](const ObjectMetricSource& of) {
                values.signals.push_back({metric.signal, KubeObjectMetric{of.name, of.selector, of.object.kind, of.object.name, of.object.api_version}});
            },
            [&](const ExternalMetricSource& of) { values.signals.push_back({metric.signal, KubeExternalMetric{of.name, of.selector}}); }};
        std::visit(take, metric.source);
    }
    for (const auto& signal : usage.signals) used.push_back(signal.signal);
    for (const auto& signal : values.signals) valued.push_back(signal.signal);
    if (!used.empty()) {
        attached.collectors.push_back(usage_of(policy, std::move(usage), std::move(detoured)));
        attached.signals.push_back(std::move(used));
    } else if (detoured) {
        detoured({});  // whatever was told before
    }
    if (!valued.empty()) {
        attached.collectors.push_back(std::make_unique<KubeCustom>(io_, clock_, values_, std::move(values), signal_told(log_, policy)));
        attached.signals.push_back(std::move(valued));
    }
}

}  // namespace setpoint
