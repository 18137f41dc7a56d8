// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/document.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>
#include <variant>

#include "agent/documents/advice.hpp"
#include "agent/documents/agent_body.hpp"
#include "agent/documents/agents.hpp"
#include "agent/documents/body.hpp"
#include "agent/documents/read_document.hpp"
#include "agent/documents/reader.hpp"
#include "agent/documents/source_body.hpp"
#include "agent/documents/sources.hpp"
#include "agent/documents/suggestion.hpp"
#include "agent/documents/yaml_text.hpp"
#include "core/standard_input.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kMostFindings = 1000;  // more is no longer read by anybody

/// Whether one of two paths is the other, or is inside it.
bool related(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    return b.starts_with(a) && (b.size() == a.size() || b[a.size()] == '.' || b[a.size()] == '[');
}

bool has_error_at(std::string_view path, const DocumentReader& reader) {
    return std::ranges::any_of(reader.findings(), [&](const Finding& finding) { return finding.severity == Severity::error && finding.path == path; });
}

/// The name of a signal and no source: mostly one that was forgotten.
bool lacks_source(const SignalBody& signal, std::string_view name) {
    return !signal.source && !signal.unit && (name == CpuSource::kind || name == MemorySource::kind);
}

std::vector<SignalUnit> units_of(const std::map<std::string, SignalBody>& signals, const DocumentReader& reader) {
    std::vector<SignalUnit> units;
    for (const auto& [name, signal] : signals) {
        const bool misread = !signal.source && has_error_at("spec.signals." + name, reader);
        units.push_back({name, signal.dimension(), signal.resource(), misread || lacks_source(signal, name)});
    }
    return units;
}

/// A signal without a source that some setting takes for the cpu or memory of the pods, said once, and where it stands.
class MissingSources {
public:
    MissingSources(const PolicyDocument& document, const DocumentReader& reader);

    void complain(Diagnostics& out) const;
    /// Whether a complaint is only about what such a signal, or one that could not be read, is not.
    [[nodiscard]] bool explain(const std::string& path) const;

private:
    [[nodiscard]] bool is_unclear(const std::string& name) const;

    const PolicyDocument& document_;
    const DocumentReader& reader_;
    std::set<std::string> names_;    // of those without
    std::set<std::string> settings_; // that are wrong for want of a source
};

MissingSources::MissingSources(const PolicyDocument& document, const DocumentReader& reader) : document_(document), reader_(reader), names_(reader.unclear_signals()) {
    const auto& policies = document.spec.policies;
    for (std::size_t i = 0; i < policies.size(); ++i) {
        const auto path = fmt::format("policies[{}].{}.utilization", i, kind_of(policies[i].settings));
        const auto* track = std::get_if<TrackSettings>(&policies[i].settings);
        const auto* pid = std::get_if<PidSettings>(&policies[i].settings);
        const auto name = track && track->utilization ? track->signal : pid ? pid->utilization : std::string{};
        if (!is_unclear(name)) continue;
        names_.insert(name);
        settings_.insert(path);
    }
}

bool MissingSources::is_unclear(const std::string& name) const {
    const auto id = document_.spec.find_signal(name);
    if (!id || document_.sources[index(*id)]) return false;
    const bool named_so = name == CpuSource::kind || name == MemorySource::kind;
    return (named_so && document_.spec.signals[index(*id)].dimension == Dimension::none) || has_error_at("spec.signals." + name, reader_);
}

void MissingSources::complain(Diagnostics& out) const {
    for (const auto& name : names_) {
        const auto id = document_.spec.find_signal(name);
        if (!id) continue;
        const auto& age = document_.spec.signals[index(*id)].max_age;
        out.error("signals." + name, fmt::format("has no source, and policies take it for that of the pods: write {}: {{ {}: {{}}{} }}", name,
                                                 name == MemorySource::kind ? MemorySource::kind : CpuSource::kind,
                                                 age ? ", maxAge: " + format_duration(*age) : std::string{}));
    }
}

bool MissingSources::explain(const std::string& path) const { return settings_.contains(path); }

/// An empty list is nobody's wish; HPA refuses it too.
void check_behavior(const PolicyDocument& document, const DocumentReader& reader, Diagnostics& out) {
    if (!document.spec.behavior) return;
    const auto check = [&](const std::string& path, const ScalingRules& rules) {
        if (rules.policies.empty() && reader.has("spec." + path)) out.error(path, "must have at least one; leave it out for the defaults");
    };
    check("behavior.scaleUp.policies", document.spec.behavior->scale_up);
    check("behavior.scaleDown.policies", document.spec.behavior->scale_down);
}

/// The rules between fields. What follows from something already said to be wrong is not said again.
void check_rules(const PolicyDocument& document, const DocumentReader& reader, std::vector<Finding>& findings) {
    Diagnostics found;
    Diagnostics target;
    validate(document.target, target);
    found.adopt(fmt::format("target.{}", kind_of(document.target)), target);
    for (std::size_t i = 0; i < document.sources.size(); ++i) {
        if (!document.sources[i]) continue;
        Diagnostics source;
        validate(*document.sources[i], source);
        found.adopt(fmt::format("signals.{}.{}", document.spec.signals[i].name, kind_of(*document.sources[i])), source);
    }
    validate(document.spec, found);
    check_behavior(document, reader, found);
    const MissingSources missing{document, reader};
    missing.complain(found);
    if (const auto least = least_size(document.target); document.spec.replicas.min < least) {
        found.error("replicas.min", fmt::format("must be at least {} for this target, was {}", least, document.spec.replicas.min));
    }
    if (found.ok() && !has_errors(reader.findings())) {
        for (std::size_t i = 0; i < document.spec.policies.size(); ++i) {
            const auto& settings = document.spec.policies[i].settings;
            if (auto policy = make_policy(settings, document.spec); !policy) {
                found.error(fmt::format("policies[{}].{}", i, kind_of(settings)), policy.error().message);
            }
        }
    }
    if (!has_errors(reader.findings())) advise(document, reader.used_signals(), found);
    for (const auto& complaint : found.complaints()) {
        const auto path = complaint.path.empty() ? "spec" : "spec." + complaint.path;
        const bool said = missing.explain(complaint.path) ||
                          std::ranges::any_of(reader.findings(), [&](const Finding& f) { return related(f.path, path); }) ||
                          std::ranges::any_of(reader.unreadable(), [&](const std::string& part) { return related(part, path); });
        if (!said) findings.push_back({complaint.severity, document.file, reader.place_of(path), path, complaint.message});
    }
}

/// How a policy is made of another autoscaler's object; empty for other kinds.
std::string way_over(std::string_view kind, const std::string& file) {
    if (kind != "HorizontalPodAutoscaler" && kind != "ScaledObject") return {};
    return fmt::format("; `setpoint import {}` prints the policy that decides as it does", file == kStandardInput ? "-" : file);
}

/// Of another kind, nothing else makes sense to be checked.
std::optional<Finding> other_kind(const YamlNode& root, const std::string& file) {
    if (root.kind != YamlNode::Kind::map) {
        return Finding{Severity::error, file, root.at, {}, fmt::format("must be a policy document (apiVersion, kind, metadata, spec), was {}", root.kind == YamlNode::Kind::list ? "a list" : shown(root.text))};
    }
    const auto* kind = root.find("kind");
    if (!kind || kind->value->kind != YamlNode::Kind::scalar || kind->value->text == kPolicyKind) return std::nullopt;
    return Finding{Severity::error, file, kind->value->at, "kind",
                   fmt::format("must be {}, {} or {}, was {}{}", kPolicyKind, kSourceKind, kAgentKind, shown(kind->value->text), way_over(kind->value->text, file))};
}

bool is_kind(const YamlNode& root, std::string_view wanted) {
    if (root.kind != YamlNode::Kind::map) return false;
    const auto* kind = root.find("kind");
    return kind && kind->value->kind == YamlNode::Kind::scalar && kind->value->text == wanted;
}

void read_source(const YamlNode& root, const std::string& file, Documents& into) {
    SourceBody body;
    DocumentReader reader{root, file, [] { return std::vector<SignalUnit>{}; }};
    bind(reader, body);
    reader.finish();
    into.findings.insert(into.findings.end(), reader.findings().begin(), reader.findings().end());
    if (!has_errors(reader.findings())) {
        Diagnostics found;
        Diagnostics server;
        validate(body.prometheus, server);
        found.adopt("spec.prometheus", server);
        for (const auto& complaint : found.complaints()) {
            into.findings.push_back({complaint.severity, file, reader.place_of(complaint.path), complaint.path, complaint.message});
        }
    }
    into.sources.push_back({body.metadata.name, std::move(body.prometheus), std::move(body.namespaces), file, root.at});
}

void read_agent(const YamlNode& root, const std::string& file, Documents& into) {
    AgentBody body;
    DocumentReader reader{root, file, [] { return std::vector<SignalUnit>{}; }};
    bind(reader, body);
    reader.finish();
    into.findings.insert(into.findings.end(), reader.findings().begin(), reader.findings().end());
    AgentDocument agent{std::move(body.guards), file, root.at, {}};
    const auto& budgets = agent.guards.budgets;
    for (std::size_t i = 0; i < budgets.size(); ++i) {
        const auto path = fmt::format("spec.guards.budgets[{}].", i);
        agent.places[path + "replicas"] = reader.place_of(path + "replicas");
        for (std::size_t k = 0; k < budgets[i].policies.size(); ++k) {
            const auto pattern = fmt::format("{}policies[{}]", path, k);
            agent.places[pattern] = reader.place_of(pattern);
        }
    }
    Diagnostics alone;
    validate(agent.guards, {}, alone);
    for (const auto& complaint : alone.complaints()) {
        const auto path = "spec.guards." + complaint.path;
        const bool said = std::ranges::any_of(reader.findings(), [&](const Finding& finding) { return related(finding.path, path); });
        if (!said) into.findings.push_back({complaint.severity, file, reader.place_of(path), path, complaint.message});
    }
    into.agents.push_back(std::move(agent));
}

}  // namespace

void read_document(const YamlNode& root, const std::string& file, Documents& into) {
    if (is_kind(root, kSourceKind)) return read_source(root, file, into);
    if (is_kind(root, kAgentKind)) return read_agent(root, file, into);
    if (auto other = other_kind(root, file)) {
        into.findings.push_back(std::move(*other));
        return;
    }
    DocumentBody body;
    DocumentReader reader{root, file, [&body, &reader] { return units_of(body.spec.signals, reader); }};
    bind(reader, body);
    reader.finish();
    auto spec = scaling_spec(body);
    spec.target = identity(body.spec.target);
    PolicyDocument document{std::move(spec), body.spec.target, {}, file, root.at, reader.place_of("metadata.name"),
                            reader.place_of("spec.target"), {}};
    for (const auto& [name, signal] : body.spec.signals) {
        document.sources.push_back(signal.source);
        document.source_at.push_back(reader.place_of("spec.signals." + name));
    }
    into.findings.insert(into.findings.end(), reader.findings().begin(), reader.findings().end());
    check_rules(document, reader, into.findings);
    into.policies.push_back(std::move(document));
}

namespace {

void read_text_of(std::string_view text, const std::string& file, Documents& into) {
    auto yaml = parse_yaml(text, file);
    const bool broken = !yaml.findings.empty();
    std::ranges::move(yaml.findings, std::back_inserter(into.findings));
    for (const auto& document : yaml.documents) read_document(*document, file, into);
    if (yaml.documents.empty() && !broken) into.findings.push_back({Severity::error, file, {}, {}, "is empty; a policy document is expected"});
}

/// What two documents must not have in common.
void check_across(Documents& documents) {
    std::map<std::string, const PolicyDocument*> names;
    std::map<std::string, const PolicyDocument*> targets;
    const auto unique = [&](auto& seen, const std::string& key, const PolicyDocument& document, Finding finding) {
        const auto [first, fresh] = seen.try_emplace(key, &document);
        if (fresh) return;
        const auto& other = *first->second;
        finding.message += other.file == document.file ? fmt::format(" also belongs to the policy that begins in line {}", other.at.line)
                                                       : fmt::format(" also belongs to the policy in {}:{}", other.file, other.at.line);
        finding.file = document.file;
        documents.findings.push_back(std::move(finding));
    };
    for (const auto& document : documents.policies) {
        const auto& spec = document.spec;
        const auto prefix = spec.name_space.empty() ? std::string{} : spec.name_space + "/";
        const auto target = identity(document.target);
        unique(names, prefix + spec.name, document,
               {Severity::error, {}, document.name_at, "metadata.name", fmt::format("the name '{}{}'", prefix, spec.name)});
        unique(targets, prefix + target, document, {Severity::error, {}, document.target_at, "spec.target", fmt::format("the target '{}'", target)});
    }
}

void finish(Documents& documents) {
    if (documents.ok()) {
        check_across(documents);
        resolve_sources(documents);
        check_agent(documents);
    }
    sort(documents.findings);
    if (documents.findings.size() <= kMostFindings) return;
    const auto severity = documents.ok() ? Severity::warning : Severity::error;
    const auto more = documents.findings.size() - kMostFindings;
    documents.findings.resize(kMostFindings);
    documents.findings.push_back({severity, documents.findings.back().file, {}, {}, fmt::format("{} more findings are not shown", more)});
}

/// The policy files of a folder, by name.
Result<std::vector<std::string>> files_in(const std::filesystem::path& folder) {
    std::vector<std::string> files;
    std::error_code error;
    auto entry = std::filesystem::directory_iterator{folder, error};
    for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
        const auto extension = entry->path().extension();
        const bool hidden = entry->path().filename().string().starts_with('.');
        std::error_code ignored;
        if (!hidden && (extension == ".yaml" || extension == ".yml") && !entry->is_directory(ignored)) files.push_back(entry->path().string());
    }
    if (error) return fail(Errc::io, "cannot be read: " + error.message());
    if (files.empty()) return fail(Errc::bad_config, "has no policies: no *.yaml or *.yml in this folder");
    std::ranges::sort(files);
    return files;
}

}  // namespace

Documents parse_documents(std::string_view text, const std::string& file) {
    Documents documents;
    read_text_of(text, file, documents);
    finish(documents);
    return documents;
}

Documents load_documents(const std::vector<std::string>& paths) {
    Documents documents;
    const auto refuse = [&](const std::string& file, const Error& error) {
        documents.findings.push_back({Severity::error, file, {}, {}, error.message});
    };
    if (paths.empty()) refuse("(no file)", {Errc::bad_config, "no policy file was given"});
    for (const auto& path : paths) {
        std::vector<std::string> files{path};
        std::error_code error;
        if (std::filesystem::is_directory(path, error)) {
            auto found = files_in(path);
            if (!found) {
                refuse(path, found.error());
                continue;
            }
            files = std::move(*found);
        }
        for (const auto& file : files) {
            const auto name = name_of_file(file);
            if (const auto text = read_text(path_of(file))) read_text_of(*text, name, documents);
            else refuse(name, text.error());
        }
    }
    finish(documents);
    return documents;
}

}  // namespace setpoint
