// SPDX-License-Identifier: Apache-2.0
#include "agent/live/outside.hpp"

#include <set>
#include <utility>
#include <variant>

namespace setpoint {

namespace {

template <class T>
Result<std::unique_ptr<Orchestrator>> widened(Result<std::unique_ptr<T>> made) {
    return std::move(made).map([](std::unique_ptr<T> one) { return std::unique_ptr<Orchestrator>{std::move(one)}; });
}

}  // namespace

Steered steered(const LivePolicy& policy, const Attached& attached, TargetId key) {
    Steered all{{}, *attached.watcher, *attached.actuator, key, shared_question(policy)};
    for (std::size_t i = 0; i < attached.collectors.size(); ++i) all.feeds.push_back({*attached.collectors[i], attached.signals[i]});
    return all;
}

Result<std::unique_ptr<Outside>> Outside::make(IoThread& io, const Clock& clock, spdlog::logger& log, const Whereabouts& where) {
    std::unique_ptr<Outside> outside{new Outside{io, clock, log}};
    const auto* engine = std::get_if<DockerSettings>(&where);
    auto made = engine != nullptr ? widened(DockerOrchestrator::make(io, clock, log, *engine))
                                  : widened(KubeOrchestrator::make(io, clock, log, std::get<ClusterSettings>(where)));
    if (!made) return tl::unexpected<Error>(std::move(made.error()));
    outside->orchestrator_ = std::move(*made);
    if (engine != nullptr) outside->engine_ = static_cast<DockerOrchestrator*>(outside->orchestrator_.get());
    else outside->cluster_ = static_cast<KubeOrchestrator*>(outside->orchestrator_.get());
    return outside;
}

Result<Attached> Outside::attach(TargetId id, const LivePolicy& policy, Orchestrator::Use use, TargetPorts ports) {
    auto attached = orchestrator_->attach(id, policy, use, std::move(ports));
    if (!attached) return attached;
    if (auto done = attach_queries(id, policy, *attached); !done) return tl::unexpected<Error>(std::move(done.error()));
    return attached;
}

void Outside::keep_only(const std::vector<LivePolicy>& policies) {
    std::set<PrometheusSettings> asked;
    for (const auto& policy : policies) {
        for (const auto& query : policy.queries) asked.insert(query.server);
    }
    std::erase_if(prometheus_, [&](const auto& known) { return !asked.contains(known.first); });
}

Result<PrometheusServer*> Outside::server_of(const PrometheusSettings& settings) {
    auto& server = prometheus_[settings];
    if (!server) {
        auto connected = PrometheusServer::connect(io_, clock_, settings);
        if (!connected) return tl::unexpected(in("Prometheus at " + settings.url)(connected.error()));
        server = std::move(*connected);
    }
    return server.get();
}

Result<> Outside::connect(const std::vector<SourceDocument>& sources) {
    for (const auto& source : sources) {
        if (const auto server = server_of(source.prometheus); !server) return tl::unexpected(in("the Source " + source.name)(server.error()));
    }
    return {};
}

Result<> Outside::attach_queries(TargetId id, const LivePolicy& policy, Attached& attached) {
    std::map<PrometheusServer*, PrometheusCollector::Settings> by_server;
    for (const auto& query : policy.queries) {
        const auto server = server_of(query.server);
        if (!server) return tl::unexpected(in(policy.spec.name)(server.error()));
        auto& settings = by_server[*server];
        settings.target = id;
        settings.fresh = policy.spec.interval / 2;
        settings.queries.push_back({query.signal, query.text});
    }
    for (auto& [server, settings] : by_server) {
        std::vector<SignalId> signals;
        for (const auto& query : settings.queries) signals.push_back(query.signal);
        attached.collectors.push_back(std::make_unique<PrometheusCollector>(io_, clock_, *server, std::move(settings), signal_told(log_, policy)));
        attached.signals.push_back(std::move(signals));
    }
    return {};
}

}  // namespace setpoint
