// SPDX-License-Identifier: Apache-2.0
#include "agent/import/foreign.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "agent/documents/scalar_text.hpp"
#include "agent/documents/suggestion.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

bool same_but_for_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, [](unsigned char c) { return std::tolower(c); }, [](unsigned char c) { return std::tolower(c); });
}

}  // namespace

Foreign::Foreign(const YamlNode* node, Place at, std::string path, std::string file, std::vector<Finding>& findings, Written written)
    : node_(node), at_(at), path_(std::move(path)), file_(std::move(file)), findings_(&findings), written_(written) {}

bool Foreign::there() const { return node_ != nullptr && node_->kind != YamlNode::Kind::null; }

bool Foreign::has(std::string_view key) const {
    const auto* entry = entry_of(key);
    return entry != nullptr && entry->value->kind != YamlNode::Kind::null;
}

bool Foreign::has_list(std::string_view key) const {
    const auto* entry = entry_of(key);
    return entry != nullptr && entry->value->kind == YamlNode::Kind::list;
}

const YamlNode::Entry* Foreign::entry_of(std::string_view key) const {
    if (node_ == nullptr) return nullptr;
    const auto* exact = node_->find(key);
    if (exact != nullptr || written_ == Written::file) return exact;
    const auto near = std::ranges::find_if(node_->entries, [&](const YamlNode::Entry& entry) { return same_but_for_case(entry.key, key); });
    return near != node_->entries.end() ? &*near : nullptr;
}

const YamlNode* Foreign::find(std::string_view key) {
    const auto* entry = entry_of(key);
    asked_.emplace_back(entry != nullptr ? std::string_view{entry->key} : key);
    if (entry == nullptr || entry->value->kind == YamlNode::Kind::null) return nullptr;
    return entry->value.get();
}

Foreign Foreign::inside(const YamlNode* node, Place at, std::string path) const {
    return {node, written_ == Written::file ? at : at_, std::move(path), file_, *findings_, written_};
}

std::string Foreign::path_of(std::string_view key) const {
    if (key.empty()) return path_;
    return path_.empty() ? std::string{key} : fmt::format("{}.{}", path_, key);
}

Place Foreign::place_of(std::string_view key) const {
    const auto* entry = entry_of(key);
    return entry != nullptr && written_ == Written::file ? entry->key_at : at_;
}

void Foreign::say(Severity severity, std::string_view key, std::string message) {
    findings_->push_back({severity, file_, place_of(key), path_of(key), std::move(message)});
}

void Foreign::wrong(std::string_view key, std::string message) { say(Severity::error, key, std::move(message)); }
void Foreign::note(std::string_view key, std::string message) { say(Severity::warning, key, std::move(message)); }

Foreign Foreign::part(std::string_view key) {
    const auto* found = find(key);
    if (found != nullptr && found->kind != YamlNode::Kind::map) {
        wrong(key, "must be an object");
        found = nullptr;
    }
    return inside(found, place_of(key), path_of(key));
}

std::vector<Foreign> Foreign::list(std::string_view key) {
    const auto* found = find(key);
    return inside(found, place_of(key), path_of(key)).elements();
}

std::vector<Foreign> Foreign::elements() {
    std::vector<Foreign> parts;
    if (!there()) return parts;
    if (node_->kind != YamlNode::Kind::list) {
        wrong({}, "must be a list");
        return parts;
    }
    for (std::size_t i = 0; i < node_->entries.size(); ++i) {
        const auto& entry = *node_->entries[i].value;
        parts.push_back(inside(&entry, entry.at, fmt::format("{}[{}]", path_, i)));
    }
    return parts;
}

std::vector<std::string> Foreign::keys() const {
    std::vector<std::string> names;
    if (node_ == nullptr || node_->kind != YamlNode::Kind::map) return names;
    for (const auto& entry : node_->entries) names.push_back(entry.key);
    return names;
}

const YamlNode* Foreign::scalar(std::string_view key, std::string_view wanted) {
    const auto* found = find(key);
    if (found == nullptr || found->kind == YamlNode::Kind::scalar) return found;
    wrong(key, fmt::format("must be {}", wanted));
    return nullptr;
}

std::optional<std::string> Foreign::text(std::string_view key) {
    const auto* found = scalar(key, "a text");
    if (found == nullptr) return std::nullopt;
    return found->text;
}

std::optional<std::string> Foreign::text() {
    if (there() && node_->kind == YamlNode::Kind::scalar) return node_->text;
    if (there()) wrong({}, "must be a text");
    return std::nullopt;
}

std::optional<std::int64_t> Foreign::whole(std::string_view key, std::int64_t min, std::int64_t max) {
    const auto* found = scalar(key, "a whole number");
    if (found == nullptr) return std::nullopt;
    const auto read = read_whole({found->text, true}, between(static_cast<double>(min), static_cast<double>(max)));
    if (read) return *read;
    wrong(key, read.error().message);
    return std::nullopt;
}

std::optional<bool> Foreign::flag(std::string_view key) {
    const auto* found = scalar(key, "true or false");
    if (found == nullptr) return std::nullopt;
    const auto read = read_bool({found->text, true});
    if (read) return *read;
    wrong(key, read.error().message);
    return std::nullopt;
}

std::optional<std::string> Foreign::quantity(std::string_view key) {
    const auto* found = scalar(key, "a quantity");
    if (found == nullptr) return std::nullopt;
    const auto read = parse_quantity(found->text);
    if (read && *read > 0) return found->text;
    wrong(key, fmt::format("must be a quantity above 0, was {}", shown(found->text)));
    return std::nullopt;
}

bool Foreign::finish() {
    bool complete = true;
    for (const auto& key : keys()) {
        if (std::ranges::find(asked_, key) != asked_.end()) continue;
        note(key, "has no counterpart and is left out");
        complete = false;
    }
    return complete;
}

}  // namespace setpoint
