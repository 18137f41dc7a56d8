// SPDX-License-Identifier: Apache-2.0
#include "agent/live/live_policy.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/units.hpp"

namespace setpoint {
namespace {

template <class... Told>
tl::unexpected<Error> refuse(const PolicyDocument& document, fmt::format_string<Told...> what, Told&&... told) {
    return fail(Errc::bad_config, fmt::format("{}:{}: {}: {}", document.file, document.at.line, document.spec.name,
                                              fmt::format(what, std::forward<Told>(told)...)));
}

std::string_view words_for(Mode mode) {
    switch (mode) {
        case Mode::live: return "live";
        case Mode::shadow: return "shadow: watches, changes nothing";
        case Mode::off: return "off";
    }
    return "off";
}

Result<> take_target(const PolicyDocument& document, LivePolicy& policy) {
    if (const auto* target = std::get_if<DockerTarget>(&document.target)) {
        policy.labels = labels_of(*target);
        if (target->project.empty()) policy.service = target->service;
        return {};
    }
    policy.workload = std::get<KubernetesTarget>(document.target);
    return {};
}

Result<> take_query(const PolicyDocument& document, SignalId id, const PrometheusSource& query, LivePolicy& policy) {
    if (!query.server) {
        return refuse(document, "the signal '{}' has no server: add a document of kind: Source, or a url beside its query",
                      document.spec.signals[index(id)].name);
    }
    policy.queries.push_back({id, *query.server, query.query});
    return {};
}

void take_metric(SignalId id, const SourceSettings& source, LivePolicy& policy) {
    std::visit([&](const auto& one) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(one)>, PrometheusSource>) policy.metrics.push_back({id, one});
    }, source);
}

/// Of a container: what the Engine's statistics say.
Result<> take_statistic(const PolicyDocument& document, SignalId id, const SourceSettings& source, LivePolicy& policy) {
    const auto& name = document.spec.signals[index(id)].name;
    if (!container_of(source).empty()) {
        return refuse(document, "the signal '{}' names a container of a pod: in a Docker target each replica is one container", name);
    }
    auto* place = std::holds_alternative<CpuSource>(source)      ? &policy.cpu
                  : std::holds_alternative<MemorySource>(source) ? &policy.memory
                                                                 : nullptr;
    if (place == nullptr) {
        return refuse(document, "the source '{}' of the signal '{}' is a cluster's: a Docker target has cpu, memory and prometheus", kind_of(source), name);
    }
    if (*place) {
        return refuse(document, "the signals '{}' and '{}' are both {}: use one for both", document.spec.signals[index(**place)].name, name,
                      kind_of(source));
    }
    *place = id;
    return {};
}

Result<> take_signal(const PolicyDocument& document, SignalId id, LivePolicy& policy) {
    const auto i = index(id);
    if (i >= document.sources.size() || !document.sources[i]) {
        return refuse(document, "the signal '{}' has no source: it can be replayed, not run", document.spec.signals[i].name);
    }
    const auto& source = *document.sources[i];
    if (const auto* query = std::get_if<PrometheusSource>(&source)) return take_query(document, id, *query, policy);
    if (!policy.workload) return take_statistic(document, id, source, policy);
    take_metric(id, source, policy);
    return {};
}

}  // namespace

Result<LivePolicy> live_policy(const PolicyDocument& document) {
    LivePolicy policy;
    policy.spec = document.spec;
    policy.target = identity(document.target);
    policy.origin = fmt::format("{}:{}", document.file, document.at.line);
    if (auto taken = take_target(document, policy); !taken) return tl::unexpected<Error>(std::move(taken.error()));
    for (std::size_t i = 0; i < document.spec.signals.size(); ++i) {
        const SignalId id{static_cast<std::uint16_t>(i)};
        if (auto taken = take_signal(document, id, policy); !taken) return tl::unexpected<Error>(std::move(taken.error()));
    }
    return policy;
}

bool same_outside(const LivePolicy& a, const LivePolicy& b) {
    const auto queries = [](const LivePolicy::Query& one, const LivePolicy::Query& other) {
        return one.signal == other.signal && one.text == other.text && !(one.server < other.server) && !(other.server < one.server);
    };
    const auto names = [](const SignalSpec& one, const SignalSpec& other) { return one.name == other.name; };
    return a.spec.name == b.spec.name && a.spec.name_space == b.spec.name_space && a.spec.interval == b.spec.interval &&
           a.labels == b.labels && a.service == b.service &&
           a.workload == b.workload && a.metrics == b.metrics && (a.spec.mode == Mode::live) == (b.spec.mode == Mode::live) && a.cpu == b.cpu && a.memory == b.memory &&
           std::ranges::equal(a.queries, b.queries, queries) && std::ranges::equal(a.spec.signals, b.spec.signals, names);
}

std::string shared_question(const LivePolicy& policy) {
    if (policy.cpu || policy.memory) return {};
    std::string all;
    const auto add = [&all](std::initializer_list<std::string_view> parts) {
        for (const auto part : parts) all.append(part).append(1, '\0');
    };
    for (const auto& query : policy.queries) add({query.server.url, query.text});
    for (const auto& metric : policy.metrics) {
        if (const auto* external = std::get_if<ExternalMetricSource>(&metric.source)) {
            add({policy.spec.name_space, external->name, external->selector});
        } else if (const auto* object = std::get_if<ObjectMetricSource>(&metric.source)) {
            add({policy.spec.name_space, object->name, object->selector, object->object.api_version, object->object.kind, object->object.name});
        } else {
            return {};
        }
    }
    return all;
}

std::string summary(const LivePolicy& policy) {
    const auto& spec = policy.spec;
    return fmt::format("{}: {}, {} to {} replicas, every {} ({})", spec.name, policy.target, spec.replicas.min, spec.replicas.max,
                       format_duration(spec.interval), words_for(spec.mode));
}

void keep_in_shadow(LivePolicy& policy) {
    if (policy.spec.mode == Mode::live) policy.spec.mode = Mode::shadow;
}

Result<LoadedPolicies> load_policies(const std::vector<std::string>& files, bool shadow, PoliciesFrom from) {
    const bool labels = from == PoliciesFrom::files_or_elsewhere;
    if (labels && files.empty()) return LoadedPolicies{};
    auto documents = load_documents(files);
    LoadedPolicies loaded;
    loaded.guards = documents.guards();
    std::string wrong;
    const auto complain = [&wrong](const std::string& line) { wrong += (wrong.empty() ? "" : "\n") + line; };
    for (const auto& finding : documents.findings) {
        if (finding.severity == Severity::error) complain(to_string(finding));
        else loaded.warnings.push_back(to_string(finding));
    }
    for (const auto& document : documents.policies) {
        if (!documents.ok()) break;
        auto policy = live_policy(document);
        if (!policy) {
            complain(policy.error().message);
            continue;
        }
        if (shadow) keep_in_shadow(*policy);
        loaded.policies.push_back(std::move(*policy));
    }
    loaded.sources = std::move(documents.sources);
    if (!labels && documents.ok() && documents.policies.empty()) complain("no ScalingPolicy in these files");
    if (!wrong.empty()) return fail(Errc::bad_config, std::move(wrong));
    return loaded;
}

}  // namespace setpoint
