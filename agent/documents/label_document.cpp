// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/label_document.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <utility>
#include <variant>

#include "agent/documents/body.hpp"
#include "agent/documents/read_document.hpp"
#include "agent/documents/source_body.hpp"
#include "agent/documents/sources.hpp"

namespace setpoint {
namespace {

using Node = std::shared_ptr<const YamlNode>;

Node scalar(std::string text) {
    auto node = std::make_shared<YamlNode>();
    node->kind = YamlNode::Kind::scalar;
    node->text = std::move(text);
    node->plain = false;
    return node;
}

Node map(std::vector<YamlNode::Entry> entries, Place at = {1, 1}) {
    auto node = std::make_shared<YamlNode>();
    node->kind = YamlNode::Kind::map;
    node->at = at;
    node->entries = std::move(entries);
    return node;
}

Node target_of(const DockerTarget& target) {
    std::vector<YamlNode::Entry> entries;
    for (const auto& [key, value] : {std::pair{"label", target.label}, {"service", target.service}, {"project", target.project}}) {
        if (!value.empty()) entries.push_back({key, {}, scalar(value)});
    }
    return map({{std::string{DockerTarget::kind}, {}, map(std::move(entries))}});
}

/// The document that the label stands for.
Node whole_document(const LabelDocument& label, const YamlNode& said) {
    auto spec = std::make_shared<YamlNode>(said);
    spec->entries.push_back({"target", {}, target_of(label.target)});
    return map({{"apiVersion", {}, scalar(std::string{kApiVersion})},
                {"kind", {}, scalar(std::string{kPolicyKind})},
                {"metadata", {}, map({{"name", {}, scalar(label.name)}})},
                {"spec", said.at, std::move(spec)}}, said.at);
}

/// What a label must not hold, whatever it says there.
std::vector<Finding> foreign_to_labels(const YamlNode& said, const std::string& place) {
    if (said.kind != YamlNode::Kind::map) return {{Severity::error, place, said.at, {}, "must be the spec of a policy (replicas, signals, policies)"}};
    std::vector<Finding> findings;
    for (const auto& entry : said.entries) {
        std::string wrong;
        if (entry.key == "target") wrong = "is the container's own target: leave it out";
        if (entry.key == "kind" && entry.value->text == kSourceKind) wrong = "a Source stands in the agent's own files, not in a label";
        for (const auto* head : {"apiVersion", "kind", "metadata", "spec"}) {
            if (entry.key == head && wrong.empty()) wrong = "a label holds what stands below spec: in a document, and nothing else";
        }
        if (!wrong.empty()) findings.push_back({Severity::error, place, entry.key_at, entry.key, std::move(wrong)});
    }
    return findings;
}

/// Where a value stands that is known to be there; of the nearest thing around it that is.
Place place_of(const YamlNode& said, const std::vector<std::string_view>& path) {
    const YamlNode* node = &said;
    Place at = said.at;
    for (const auto key : path) {
        const auto* entry = node->find(key);
        if (entry == nullptr) break;
        node = entry->value.get();
        at = node->kind == YamlNode::Kind::scalar ? node->at : entry->key_at;
    }
    return at;
}

/// Bounds by the calendar take the place of `replicas`.
Replicas most_of(const PolicySettings& settings) {
    Replicas most = 0;
    const auto* schedule = std::get_if<ScheduleSettings>(&settings);
    if (schedule == nullptr) return most;
    for (const auto& window : schedule->windows) most = std::max({most, window.min.value_or(0), window.max.value_or(0)});
    return most;
}

void limit_replicas(const PolicyDocument& policy, const YamlNode& said, const LabelRules& rules, std::vector<Finding>& findings) {
    const auto refuse = [&](Place at, std::string path, Replicas was) {
        findings.push_back({Severity::error, policy.file, at, std::move(path),
                            fmt::format("must be at most {}, the most for policies from labels (--labels-max-replicas), was {}", rules.most_replicas, was)});
    };
    const auto max = policy.spec.replicas.max;
    if (max > rules.most_replicas) refuse(place_of(said, {"replicas", "max"}), "replicas.max", max);
    for (std::size_t i = 0; i < policy.spec.policies.size(); ++i) {
        const auto most = most_of(policy.spec.policies[i].settings);
        if (most > rules.most_replicas) refuse(place_of(said, {"policies"}), fmt::format("policies[{}].schedule", i), most);
    }
}

/// A label may name a server, never be the one to say where it is.
void limit_sources(const PolicyDocument& policy, const LabelRules& rules, std::vector<Finding>& findings) {
    for (std::size_t i = 0; i < policy.sources.size(); ++i) {
        const auto* source = policy.sources[i] ? std::get_if<PrometheusSource>(&*policy.sources[i]) : nullptr;
        if (source == nullptr) continue;
        const auto path = fmt::format("signals.{}.prometheus", policy.spec.signals[i].name);
        if (!source->url.empty()) {
            findings.push_back({Severity::error, policy.file, policy.source_at[i], path + ".url",
                                "a label must not say where a server is: name a Source of the agent's own files, source: NAME"});
        } else if (rules.sources.empty() && source->source.empty()) {
            findings.push_back({Severity::error, policy.file, policy.source_at[i], path, "the agent's own files (-f) name no Source for it"});
        }
    }
}

/// People see the label's text alone: what they read of paths must be there.
void shorten_paths(std::vector<Finding>& findings) {
    constexpr std::string_view kSpec = "spec.";
    for (auto& finding : findings) {
        if (finding.path.starts_with(kSpec)) finding.path.erase(0, kSpec.size());
        else if (finding.path == "spec") finding.path.clear();
    }
}

void read_spec(const LabelDocument& label, const YamlNode& said, const LabelRules& rules, Documents& into) {
    into.findings = foreign_to_labels(said, label.place);
    if (!into.ok()) return;
    read_document(*whole_document(label, said), label.place, into);
    if (!into.ok()) return;
    into.sources = rules.sources;
    resolve_sources(into);
    into.sources.clear();
    limit_sources(into.policies.front(), rules, into.findings);
    limit_replicas(into.policies.front(), said, rules, into.findings);
}

}  // namespace

Documents parse_label(const LabelDocument& label, const LabelRules& rules) {
    Documents documents;
    const auto refuse = [&](Place at, std::string message) {
        documents.findings.push_back({Severity::error, label.place, at, {}, std::move(message)});
    };
    if (label.text.size() > kLabelLimits.bytes) {
        refuse({}, fmt::format("larger than {} KiB, which no policy in a label is", kLabelLimits.bytes >> 10U));
        return documents;
    }
    auto yaml = parse_yaml(label.text, label.place, kLabelLimits);
    documents.findings = std::move(yaml.findings);
    if (!documents.ok()) return documents;
    if (yaml.documents.empty()) refuse({}, "is empty; the spec of a policy is expected");
    else if (yaml.documents.size() > 1) refuse(yaml.documents[1]->at, "a second document begins here; a label holds one policy");
    else read_spec(label, *yaml.documents.front(), rules, documents);
    shorten_paths(documents.findings);
    sort(documents.findings);
    return documents;
}

}  // namespace setpoint
