// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/sources.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <variant>

#include "agent/documents/suggestion.hpp"
#include "policies/guard_settings.hpp"

namespace setpoint {
namespace {

bool may_use(const SourceDocument& source, const std::string& name_space) {
    return source.namespaces.empty() || matches_any(source.namespaces, name_space);
}

/// Those that policies of this namespace may use; others do not exist to them.
std::vector<const SourceDocument*> usable(const std::vector<SourceDocument>& known, const std::string& name_space) {
    std::vector<const SourceDocument*> found;
    for (const auto& source : known) {
        if (may_use(source, name_space)) found.push_back(&source);
    }
    return found;
}

/// What is wrong with `source`; empty where it has its server now, or needs none.
std::string resolve(PrometheusSource& source, const std::vector<const SourceDocument*>& known) {
    if (!source.url.empty()) {
        source.server = PrometheusSettings{};
        source.server->url = source.url;
        return {};
    }
    if (source.source.empty()) {
        if (known.size() > 1) return fmt::format("which of the {} Prometheus sources is meant? say source: {}", known.size(), known.front()->name);
        if (known.size() == 1) source.server = known.front()->prometheus;
        return {};
    }
    const auto named = std::ranges::find(known, source.source, [](const SourceDocument* one) { return std::string_view{one->name}; });
    if (named != known.end()) {
        source.server = (*named)->prometheus;
        return {};
    }
    std::vector<std::string_view> names;
    for (const auto* one : known) names.push_back(one->name);
    return fmt::format("no Source has the name {}{}", shown(source.source), suggest(source.source, names));
}

void check_names(Documents& documents) {
    std::map<std::string_view, const SourceDocument*> seen;
    for (const auto& source : documents.sources) {
        const auto [first, fresh] = seen.try_emplace(source.name, &source);
        if (fresh) continue;
        documents.findings.push_back({Severity::error, source.file, source.at, "metadata.name",
                                      fmt::format("the name '{}' also belongs to the source in {}:{}", source.name, first->second->file,
                                                  first->second->at.line)});
    }
}

}  // namespace

void resolve_sources(Documents& documents) {
    check_names(documents);
    for (auto& policy : documents.policies) {
        const auto known = usable(documents.sources, policy.spec.name_space);
        for (std::size_t i = 0; i < policy.sources.size(); ++i) {
            if (!policy.sources[i]) continue;
            auto* source = std::get_if<PrometheusSource>(&*policy.sources[i]);
            if (source == nullptr) continue;
            const auto path = fmt::format("spec.signals.{}.prometheus.source", policy.spec.signals[i].name);
            if (auto wrong = resolve(*source, known); !wrong.empty()) {
                documents.findings.push_back({Severity::error, policy.file, policy.source_at[i], path, std::move(wrong)});
            }
        }
    }
}

std::vector<Finding> signals_without_server(const Documents& documents) {
    std::vector<Finding> found;
    for (const auto& policy : documents.policies) {
        const bool in_a_cluster = std::holds_alternative<KubernetesTarget>(policy.target);
        for (std::size_t i = 0; i < policy.sources.size(); ++i) {
            const auto* source = policy.sources[i] ? std::get_if<PrometheusSource>(&*policy.sources[i]) : nullptr;
            if (source == nullptr || source->server) continue;
            found.push_back({Severity::warning, policy.file, policy.source_at[i], fmt::format("spec.signals.{}.prometheus", policy.spec.signals[i].name),
                             fmt::format("has no server in these files, and without one `setpoint run` and `record` refuse it: add a document of kind: Source, or a url beside the query{}",
                                         in_a_cluster ? "; the operator takes a Source of its own files" : "")});
        }
    }
    return found;
}

}  // namespace setpoint
