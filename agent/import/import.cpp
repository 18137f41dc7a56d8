// SPDX-License-Identifier: Apache-2.0
#include "agent/import/import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "agent/documents/document.hpp"
#include "agent/documents/suggestion.hpp"
#include "agent/documents/yaml_writer.hpp"
#include "agent/import/hpa.hpp"
#include "agent/import/scaled_object.hpp"

namespace setpoint {
namespace {

constexpr std::array<std::string_view, 4> kHpaVersions{"autoscaling/v1", "autoscaling/v2beta1", "autoscaling/v2beta2", "autoscaling/v2"};

/// What an object of a typed list need not repeat.
struct Head {
    std::string api_version;
    std::string kind;
};

class Importer {
public:
    explicit Importer(const std::string& file) : file_(file) {}

    void take(const YamlNode& root);
    void take(Foreign object, const Head& outer);
    [[nodiscard]] Imported result() &&;

    std::vector<Finding> findings;

private:
    void import(Foreign& object, const Head& head);
    void keep(const Draft& draft, Foreign& object);
    [[nodiscard]] bool is_new(std::string key, std::string_view what, Foreign& object);

    std::string file_;
    std::string yaml_;
    std::size_t policies_ = 0;
    std::map<std::string, int> taken_;  // names and targets, and the line of who has them
};

void Importer::take(const YamlNode& root) {
    Foreign object{&root, root.at, {}, file_, findings};
    if (root.kind != YamlNode::Kind::map) return object.wrong({}, fmt::format("must be a {} or a {}", kHpaKind, kScaledObjectKind));
    take(std::move(object), {});
}

void Importer::take(Foreign object, const Head& outer) {
    const Head head{object.text("apiVersion").value_or(outer.api_version), object.text("kind").value_or(outer.kind)};
    if (head.kind.ends_with("List")) {
        const bool typed = head.kind != "List";
        const Head inner = typed ? Head{head.api_version, head.kind.substr(0, head.kind.size() - 4)} : Head{};
        for (auto& item : object.list("items")) take(std::move(item), inner);
        return;
    }
    import(object, head);
}

void Importer::import(Foreign& object, const Head& head) {
    const auto before = findings.size();
    Draft draft;
    if (head.kind == kHpaKind) {
        if (std::ranges::find(kHpaVersions, head.api_version) == kHpaVersions.end()) {
            return object.wrong("apiVersion", fmt::format("must be one of {}, was {}", fmt::join(kHpaVersions, ", "), shown(head.api_version)));
        }
        draft = import_hpa(object, head.api_version);
    } else if (head.kind == kScaledObjectKind) {
        if (head.api_version != kScaledObjectVersion) {
            return object.wrong("apiVersion", fmt::format("must be {}, was {}", kScaledObjectVersion, shown(head.api_version)));
        }
        draft = import_scaled_object(object);
    } else if (head.kind.empty()) {
        return object.wrong("kind", fmt::format("is missing: {} or {}", kHpaKind, kScaledObjectKind));
    } else {
        return object.note({}, fmt::format("a {} is not imported, only {} and {} are", shown(head.kind), kHpaKind, kScaledObjectKind));
    }
    const bool wrong = std::any_of(findings.begin() + static_cast<std::ptrdiff_t>(before), findings.end(), [](const Finding& finding) { return finding.severity == Severity::error; });
    if (!wrong) keep(draft, object);
}

bool Importer::is_new(std::string key, std::string_view what, Foreign& object) {
    const auto [first, fresh] = taken_.try_emplace(std::move(key), object.at().line);
    if (!fresh) object.wrong({}, fmt::format("has the same {} as the object that begins in line {}: one policy can have it", what, first->second));
    return fresh;
}

void Importer::keep(const Draft& draft, Foreign& object) {
    if (draft.policies.empty()) {
        return object.note({}, fmt::format("{} is not imported: nothing that it decides by has a counterpart", shown(draft.name)));
    }
    const auto yaml = to_yaml(document_of(draft));
    const auto checked = parse_documents(yaml, draft.name);
    for (const auto& finding : checked.findings) {
        if (finding.severity == Severity::error) object.wrong({}, fmt::format("{} cannot be a policy: {}: {}", shown(draft.name), finding.path, finding.message));
    }
    if (!checked.ok()) return;
    const bool name_is_new = is_new("name " + draft.name_space + "/" + draft.name, "name", object);
    const bool target_is_new = is_new("target " + draft.name_space + "/" + identity(checked.policies.front().target), "target", object);
    if (!name_is_new || !target_is_new) return;
    if (draft.partial && draft.mode == Mode::live) {
        object.note({}, fmt::format("{} lacks what is named above, and could shrink what that kept running: it is in mode: shadow", shown(draft.name)));
    }
    yaml_ += (yaml_.empty() ? "" : "---\n") + yaml;
    ++policies_;
}

Imported Importer::result() && { return {std::move(yaml_), policies_, std::move(findings)}; }

}  // namespace

Imported import_policies(std::string_view text, const std::string& file) {
    auto yaml = parse_yaml(text, file, kImportLimits);
    Importer importer{file};
    importer.findings = std::move(yaml.findings);
    if (yaml.documents.empty() && importer.findings.empty()) importer.findings.push_back({Severity::error, file, {}, {}, "is empty"});
    for (const auto& document : yaml.documents) importer.take(*document);
    return std::move(importer).result();
}

}  // namespace setpoint
