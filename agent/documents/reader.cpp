// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/reader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "agent/documents/suggestion.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

std::string below(const std::string& path, std::string_view name) {
    return path.empty() ? std::string{name} : fmt::format("{}.{}", path, name);
}

std::string describe(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::null: return "nothing";
        case YamlNode::Kind::list: return "a list";
        case YamlNode::Kind::map: return "an object";
        case YamlNode::Kind::scalar: return shown(node.text);
    }
    return "nothing";
}

std::string listed(std::span<const std::string_view> names) {
    std::string text;
    for (const auto name : names) {
        if (!text.empty()) text += ", ";
        text += name;
    }
    return text;
}

/// Each once, in the order of the rows.
std::vector<std::string_view> each_once(std::span<const std::string_view> names) {
    std::vector<std::string_view> once;
    for (const auto name : names) {
        if (std::ranges::find(once, name) == once.end()) once.push_back(name);
    }
    return once;
}

/// `min:1` for `min: 1` is a key to YAML.
bool lacks_blank(std::string_view key, std::span<const std::string_view> known) {
    const auto colon = key.find(':');
    return colon != std::string_view::npos && std::ranges::find(known, key.substr(0, colon)) != known.end();
}

bool has_unit(const std::string& text) { return parse_percentage(text) || parse_duration(text) || parse_quantity(text); }

std::vector<std::string_view> names_of(std::span<const Alternative> known) {
    std::vector<std::string_view> names;
    for (const auto& alternative : known) names.push_back(alternative.name);
    return names;
}

}  // namespace

DocumentReader::DocumentReader(const YamlNode& root, std::string file, Signals signals)
    : file_(std::move(file)), ask_signals_(std::move(signals)) {
    push({&root, {}, root.at});
}

DocumentReader::~DocumentReader() = default;

void DocumentReader::complain(Place at, std::string path, std::string message) {
    findings_.push_back({Severity::error, file_, at, std::move(path), std::move(message)});
}

void DocumentReader::complain(const Found& found, std::string message) { complain(found.at, found.path, std::move(message)); }

Place DocumentReader::place_of(std::string_view path) const {
    for (;;) {
        if (const auto found = places_.find(path); found != places_.end()) return found->second;
        const auto cut = path.find_last_of(".[");
        if (cut == std::string_view::npos) return scopes_.front().found.at;
        path = path.substr(0, cut);
    }
}

/// What a row is about. No node: absent, or wrong and said so.
DocumentReader::Found DocumentReader::look_up(const Field& field) {
    auto& scope = scopes_.back();
    if (field.name.empty()) return scope.found;
    Found found{nullptr, below(scope.found.path, field.name), scope.found.at};
    if (!scope.found.node) return found;
    scope.asked.push_back(field.name);
    if (scope.found.node->kind != YamlNode::Kind::map) return found;  // said when it closes, with what it should have
    const auto* entry = scope.found.node->find(field.name);
    if (!entry) {
        if (field.required) complain(found, field.help.empty() ? "is missing" : fmt::format("is missing: {}", field.help));
        return found;
    }
    // Objects and lists are looked for at their key, values where they stand.
    found.at = entry->value->kind == YamlNode::Kind::scalar ? entry->value->at : entry->key_at;
    places_.try_emplace(found.path, found.at);
    if (entry->value->kind == YamlNode::Kind::null) {
        complain(found, "has no value; give it one or leave the key out");
    } else {
        found.node = entry->value.get();
    }
    return found;
}

DocumentReader::Found DocumentReader::scalar(const Field& field, std::string_view wanted) {
    auto found = look_up(field);
    if (!found.node || found.node->kind == YamlNode::Kind::scalar) return found;
    complain(found, fmt::format("must be {}, was {}", wanted, describe(*found.node)));
    found.node = nullptr;
    return found;
}

template <class T>
void DocumentReader::take(const Found& found, Result<T> read, T& v) {
    if (read) v = std::move(*read);
    else complain(found, read.error().message);
}

void DocumentReader::value(const Field& field, bool& v) {
    const auto found = scalar(field, "true or false");
    if (found.node) take(found, read_bool({found.node->text, found.node->plain}), v);
}

void DocumentReader::value(const Field& field, std::int64_t& v) {
    const auto found = scalar(field, "a whole number");
    if (found.node) take(found, read_whole({found.node->text, found.node->plain}, field.rule), v);
}

void DocumentReader::value(const Field& field, std::uint64_t& v) {
    Field natural = field;
    natural.rule.min = std::max(0.0, field.rule.min);
    auto whole = static_cast<std::int64_t>(v);
    value(natural, whole);
    v = static_cast<std::uint64_t>(whole);
}

void DocumentReader::value(const Field& field, double& v) {
    const auto found = scalar(field, "a number");
    if (!found.node) return;
    const bool in_unit = field.rule.notation == Notation::any_unit || field.rule.notation == Notation::unit_or_utilization;
    const auto* signal = in_unit ? signal_of_scope() : nullptr;
    const auto read = read_double({found.node->text, found.node->plain}, field.rule, signal);
    if (!read && signal != nullptr && signal->unclear && has_unit(found.node->text)) {
        unclear_signals_.insert(signal->name);
        unreadable_.push_back(found.path);
        return;
    }
    take(found, read, v);
}

void DocumentReader::value(const Field& field, Duration& v) {
    const auto found = scalar(field, "a duration such as 90s");
    if (found.node) take(found, read_duration({found.node->text, found.node->plain}, field.rule), v);
}

void DocumentReader::value(const Field& field, Time& v) {
    const auto found = scalar(field, "a time such as 2026-01-31T08:00:00Z");
    if (!found.node) return;
    take(found, parse_time(found.node->text).map([](WallTime t) { return Time{t.time_since_epoch()}; }), v);
}

void DocumentReader::value(const Field& field, std::string& v) {
    const auto found = scalar(field, "a text");
    if (!found.node) return;
    take(found, read_string({found.node->text, found.node->plain}, field.rule), v);
    if (field.rule.notation != Notation::signal || v != found.node->text) return;
    used_signals_.insert(v);
    if (signal_named(v)) return;
    std::vector<std::string_view> known;
    for (const auto& signal : signals_) known.push_back(signal.name);
    complain(found, known.empty() ? fmt::format("must name a signal of this policy, was {}; it has none", shown(v))
                                  : fmt::format("must name a signal of this policy, was {}{}", shown(v), suggest(v, known)));
}

void DocumentReader::one_of(const Field& field, std::size_t& v, std::span<const std::string_view> names) {
    const auto found = scalar(field, names.size() == 1 ? names.front() : std::string_view{"a text"});
    if (!found.node) return;
    const auto at = std::ranges::find(names, found.node->text);
    if (at != names.end()) v = static_cast<std::size_t>(at - names.begin());
    else complain(found, fmt::format("must be {}{}, was {}", names.size() == 1 ? "" : "one of ", listed(names), shown(found.node->text)));
}

bool DocumentReader::present(const Field& field, bool) {
    const auto found = look_up(field);
    // The row is looked up once more: it must not be asked for, nor complained of, twice.
    if (found.node && !field.name.empty()) scopes_.back().asked.pop_back();
    return found.node != nullptr;
}

void DocumentReader::push(Found found) { scopes_.push_back({std::move(found), {}, {}, {}, {}}); }

void DocumentReader::open(const Field& field) { push(look_up(field)); }

void DocumentReader::close() {
    auto& scope = scopes_.back();
    if (scope.found.node) {
        if (scope.found.node->kind == YamlNode::Kind::map) check_keys(scope);
        else not_an_object(scope);
    }
    scopes_.pop_back();
}

void DocumentReader::not_an_object(const Scope& scope) {
    const auto keys = listed(each_once(scope.asked));
    complain(scope.found, fmt::format("must be an object{}, was {}", keys.empty() ? "" : fmt::format(" ({})", keys), describe(*scope.found.node)));
}

void DocumentReader::finish() {
    if (scopes_.front().found.node && scopes_.front().found.node->kind == YamlNode::Kind::map) check_keys(scopes_.front());
}

void DocumentReader::check_keys(const Scope& scope) {
    check_duplicates(scope);
    for (const auto& entry : scope.found.node->entries) {
        if (std::ranges::find(scope.asked, entry.key) == scope.asked.end()) unknown_key(scope, entry);
    }
}

void DocumentReader::unknown_key(const Scope& scope, const YamlNode::Entry& entry) {
    std::string what = "key";
    std::vector<std::string_view> known = each_once(scope.asked);
    if (!scope.kinds.empty() && entry.value->kind == YamlNode::Kind::map) {  // only kinds hold objects here
        what = scope.kinds_are;
        known = names_of(scope.kinds);
    }
    const auto near = entry.key == "<<"                ? std::string{" (merge keys are not supported)"}
                      : lacks_blank(entry.key, known) ? std::string{": a blank is missing behind the colon"}
                                                      : suggest(entry.key, known);
    complain(entry.key_at, below(scope.found.path, entry.key), fmt::format("unknown {} {}{}", what, shown(entry.key), near));
}

void DocumentReader::check_duplicates(const Scope& scope) {
    std::map<std::string_view, Place> seen;
    for (const auto& entry : scope.found.node->entries) {
        const auto [first, fresh] = seen.try_emplace(entry.key, entry.key_at);
        if (!fresh) {
            complain(entry.key_at, below(scope.found.path, entry.key), fmt::format("duplicate key, first seen in line {}", first->second.line));
        }
    }
}

std::size_t DocumentReader::open_entries(const Field& field, Shape shape, std::size_t limit) {
    auto found = look_up(field);
    if (found.node && found.node->kind != shape.kind) {
        complain(found, fmt::format("must be {}, was {}", shape.name, describe(*found.node)));
        found.node = nullptr;
    }
    const auto size = found.node ? std::min(found.node->entries.size(), limit) : 0;
    push(std::move(found));
    return size;
}

std::size_t DocumentReader::open_list(const Field& field, std::size_t, std::size_t limit) {
    return open_entries(field, {YamlNode::Kind::list, "a list (each entry begins with '- ')"}, limit);
}

std::size_t DocumentReader::open_map(const Field& field, std::size_t, std::size_t limit) {
    const auto size = open_entries(field, {YamlNode::Kind::map, "an object"}, limit);
    scopes_.back().keys = field.rule;
    return size;
}

void DocumentReader::key(std::size_t at, std::string& name) {
    const auto& scope = scopes_.back();
    const auto& entry = scope.found.node->entries[at];
    name = entry.key;
    if (scope.keys.notation != Notation::identifier || is_identifier(name)) return;
    complain(entry.key_at, below(scope.found.path, name), fmt::format("a name must be letters, digits, and - _ . inside, at most 63, was {}", shown(name)));
}

void DocumentReader::open_element(std::size_t at) {
    const auto& scope = scopes_.back();
    const auto& entry = scope.found.node->entries[at];
    const bool named = scope.found.node->kind == YamlNode::Kind::map;
    Found found{entry.value.get(), named ? below(scope.found.path, entry.key) : fmt::format("{}[{}]", scope.found.path, at), entry.key_at};
    if (found.node->kind == YamlNode::Kind::null) {
        complain(found, "has no value; give it one or leave it out");
        found.node = nullptr;
    } else if (named && found.node->kind == YamlNode::Kind::scalar) {
        found.at = found.node->at;
    }
    places_.try_emplace(found.path, found.at);
    push(std::move(found));
}

void DocumentReader::close_element() { scopes_.pop_back(); }

void DocumentReader::close_list() {
    const auto& scope = scopes_.back();
    if (scope.found.node && scope.found.node->kind == YamlNode::Kind::map) check_duplicates(scope);
    scopes_.pop_back();
}

bool DocumentReader::chosen(std::span<const Alternative> known, std::string_view what, bool) {
    auto& scope = scopes_.back();
    if (!scope.found.node || scope.found.node->kind != YamlNode::Kind::map) return false;
    for (const auto& alternative : known) {
        if (scope.found.node->find(alternative.name)) return true;
    }
    for (const auto& alternative : known) scope.asked.push_back(alternative.name);
    scope.kinds = known;
    scope.kinds_are = what;
    return false;
}

std::size_t DocumentReader::choose(std::span<const Alternative> known, std::size_t) {
    auto& scope = scopes_.back();
    if (!scope.found.node) return known.size();
    if (scope.found.node->kind != YamlNode::Kind::map) {
        complain(scope.found, fmt::format("must be an object with one of {}, was {}", listed(names_of(known)), describe(*scope.found.node)));
        scope.found.node = nullptr;
        unreadable_.push_back(scope.found.path);
        return known.size();
    }
    std::size_t at = known.size();
    for (std::size_t i = 0; i < known.size(); ++i) {
        const auto* entry = scope.found.node->find(known[i].name);
        scope.asked.push_back(known[i].name);
        if (!entry) continue;
        if (at == known.size()) {
            at = i;
        } else {
            complain(entry->key_at, below(scope.found.path, entry->key),
                     fmt::format("must have only one of {}, had both '{}' and '{}'", listed(names_of(known)), known[at].name, known[i].name));
        }
    }
    // A key that is misspelt is said to be unknown, with what it may have meant; only nothing at all is missing.
    if (at == known.size()) unreadable_.push_back(scope.found.path);
    if (at == known.size() && scope.found.node->entries.empty()) {
        complain(scope.found, fmt::format("must have one of {}, was empty", listed(names_of(known))));
    }
    return at;
}

bool DocumentReader::shorthand(const Field& field, std::string& text) {
    auto& scope = scopes_.back();
    if (!scope.found.node || scope.found.node->kind != YamlNode::Kind::scalar) return false;
    const bool known = std::ranges::find(field.words, scope.found.node->text) != field.words.end();
    if (known) text = scope.found.node->text;
    else complain(scope.found, fmt::format("must be {} or an object, was {}", listed(field.words), describe(*scope.found.node)));
    scope.found.node = nullptr;
    return known;
}

const SignalUnit* DocumentReader::signal_named(std::string_view name) {
    if (!asked_signals_) signals_ = ask_signals_();
    asked_signals_ = true;
    const auto found = std::ranges::find(signals_, name, &SignalUnit::name);
    return found == signals_.end() ? nullptr : &*found;
}

/// The signal that the innermost object around the row names.
const SignalUnit* DocumentReader::signal_of_scope() {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
        const auto* entry = scope->found.node ? scope->found.node->find("signal") : nullptr;
        if (entry) return signal_named(entry->value->text);
    }
    return nullptr;
}

}  // namespace setpoint
