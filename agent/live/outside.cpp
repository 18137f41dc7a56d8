// SPDX-License-Identifier: Apache-2.0
#include "agent/live/outside.hpp"

#include <optional>
#include <set>
#include <utility>

#include "actuators/swarm_service.hpp"
#include "collectors/docker_stats.hpp"

namespace setpoint {

Steered Attached::steered() const {
    Steered all{{}, *watcher, *actuator};
    for (std::size_t i = 0; i < collectors.size(); ++i) all.feeds.push_back({*collectors[i], signals[i]});
    return all;
}

Result<std::unique_ptr<Outside>> Outside::make(IoThread& io, const Clock& clock, spdlog::logger& log, const DockerEndpoint& engine) {
    auto docker = DockerClient::connect(io, engine);
    if (!docker) return tl::unexpected<Error>(std::move(docker.error()));
    return std::unique_ptr<Outside>{new Outside{io, clock, log, std::move(*docker)}};
}

Result<Attached> Outside::attach(TargetId id, const LivePolicy& policy, DockerGroup::Strays strays, std::function<void()> changed) {
    Attached attached;
    attach_target(id, policy, strays, std::move(changed), attached);
    if (policy.cpu || policy.memory) {
        attached.collectors.push_back(
            std::make_unique<DockerStats>(io_, *docker_, watch_, clock_, DockerStats::Settings{id, policy.labels, policy.cpu, policy.memory}));
        auto& signals = attached.signals.emplace_back();
        if (policy.cpu) signals.push_back(*policy.cpu);
        if (policy.memory) signals.push_back(*policy.memory);
    }
    if (auto done = attach_queries(id, policy, attached); !done) return tl::unexpected<Error>(std::move(done.error()));
    return attached;
}

void Outside::attach_target(TargetId id, const LivePolicy& policy, DockerGroup::Strays strays, std::function<void()> changed,
                            Attached& attached) {
    if (policy.service.empty()) {
        const auto cannot_grow = [this, name = policy.spec.name](const Error& error) {
            log_.warn("{}: a scale-up will be refused: {}", name, error.message);
        };
        auto group = std::make_shared<DockerGroup>(
            io_, *docker_, watch_, clock_,
            DockerGroup::Settings{id, policy.spec.name, policy.labels, strays, std::move(changed), cannot_grow});
        attached.watcher = group;
        attached.actuator = std::move(group);
        return;
    }
    const auto reads = policy.cpu || policy.memory ? SwarmNews::Reads::this_engine : SwarmNews::Reads::elsewhere;
    const auto told = [this, name = policy.spec.name](const SwarmNews::Line& line) {
        log_.log(line.trouble ? spdlog::level::warn : spdlog::level::info, "{}: {}", name, line.text);
    };
    auto service = std::make_shared<SwarmService>(
        io_, *docker_, watch_, clock_, SwarmService::Settings{id, policy.service, reads, std::move(changed)}, told);
    attached.watcher = service;
    attached.actuator = std::move(service);
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
        const auto told = [this, name = policy.spec.name, signals_of = policy.spec.signals](SignalId signal, const std::optional<Error>& error) {
            const auto& what = signals_of[index(signal)].name;
            if (error) log_.warn("{}: the signal {} cannot be read: {}", name, what, error->message);
            else log_.info("{}: the signal {} is read again", name, what);
        };
        attached.collectors.push_back(std::make_unique<PrometheusCollector>(io_, clock_, *server, std::move(settings), told));
        attached.signals.push_back(std::move(signals));
    }
    return {};
}

}  // namespace setpoint
