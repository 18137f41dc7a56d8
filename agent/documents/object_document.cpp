// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/object_document.hpp"

#include <fmt/core.h>

#include <variant>

#include "agent/documents/read_document.hpp"
#include "agent/documents/sources.hpp"

namespace setpoint {
namespace {

constexpr YamlLimits kLimits{1U << 20U, 64, 20'000};
constexpr std::size_t kLongest = 1000;  // characters of a condition's message

void check_target(const PolicyDocument& policy, std::vector<Finding>& findings) {
    if (std::holds_alternative<KubernetesTarget>(policy.target)) return;
    findings.push_back({Severity::error, policy.file, policy.target_at, "spec.target", "must be kubernetes: { kind: ..., name: ... } in a cluster"});
}

void check_servers(const PolicyDocument& policy, std::vector<Finding>& findings) {
    for (std::size_t i = 0; i < policy.sources.size(); ++i) {
        const auto* source = policy.sources[i] ? std::get_if<PrometheusSource>(&*policy.sources[i]) : nullptr;
        if (source == nullptr) continue;
        const auto path = fmt::format("spec.signals.{}.prometheus", policy.spec.signals[i].name);
        if (!source->url.empty()) {
            findings.push_back({Severity::error, policy.file, policy.source_at[i], path + ".url",
                                "must not say where a server is: name a Source of the operator's own files, source: NAME"});
        } else if (!source->server && source->source.empty() && !has_errors(findings)) {
            findings.push_back({Severity::error, policy.file, policy.source_at[i], path, "the operator's own files (-f) name no Source that this policy may use"});
        }
    }
}

}  // namespace

Documents parse_object(const ObjectDocument& object, const std::vector<SourceDocument>& sources) {
    Documents documents;
    auto yaml = parse_yaml(object.json, object.place, kLimits);
    documents.findings = std::move(yaml.findings);
    if (documents.ok() && yaml.documents.size() != 1) {
        documents.findings.push_back({Severity::error, object.place, {}, {}, "is no ScalingPolicy"});
    }
    if (!documents.ok()) return documents;
    read_document(*yaml.documents.front(), object.place, documents);
    if (documents.ok() && documents.policies.size() != 1) {
        documents.findings.push_back({Severity::error, object.place, {}, "kind", "must be ScalingPolicy"});
    }
    if (!documents.ok()) return documents;
    documents.sources = sources;
    resolve_sources(documents);
    documents.sources.clear();
    check_target(documents.policies.front(), documents.findings);
    check_servers(documents.policies.front(), documents.findings);
    sort(documents.findings);
    return documents;
}

std::string in_one_line(const std::vector<Finding>& findings) {
    std::string line;
    for (const auto& finding : findings) {
        if (finding.severity != Severity::error) continue;
        line += fmt::format("{}{}{}{}", line.empty() ? "" : "; ", finding.path, finding.path.empty() ? "" : ": ", finding.message);
    }
    if (line.size() > kLongest) line = line.substr(0, kLongest) + " ...";
    return line;
}

}  // namespace setpoint
