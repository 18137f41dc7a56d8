// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/schema_fields.hpp"

#include <cmath>
#include <utility>

#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kUnlimited = 1e15;  // rules above it only keep infinities away

constexpr const char* kDurationPattern = R"(^([0-9]+(\.[0-9]*)?|\.[0-9]+)(ms|s|m|h|d)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ms|s|m|h|d))*$)";
constexpr const char* kQuantityPattern = R"(^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+|[KMGTPE]i|[numkMGTPE])?$)";
constexpr const char* kPercentagePattern = R"(^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)%$)";
constexpr const char* kIdentifierPattern = R"(^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$)";
constexpr const char* kDnsLabelPattern = R"(^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$)";

Json pattern(const char* regex) { return {{"type", "string"}, {"pattern", regex}}; }

/// A whole number as one, so that nobody reads 1.0.
Json number(double value) {
    if (std::abs(value) < kUnlimited && value == std::floor(value)) return static_cast<std::int64_t>(value);
    return value;
}

Json ranged(Json json, const Rule& rule) {
    if (std::isfinite(rule.min) && std::abs(rule.min) < kUnlimited) json[rule.above ? "exclusiveMinimum" : "minimum"] = number(rule.min);
    if (rule.max < kUnlimited) json["maximum"] = number(rule.max);
    return json;
}

Json number_or_text(const Rule& rule, const char* regex) {
    Json json;
    json["anyOf"] = Json::array({ranged({{"type", "number"}}, rule), pattern(regex)});
    return json;
}

Json in_notation(const Rule& rule) {
    Rule ratio = rule;
    ratio.max = std::min(rule.max, 1.0);  // a bare number above one is no percentage
    switch (rule.notation) {
        case Notation::quantity: return number_or_text(rule, kQuantityPattern);
        case Notation::percentage: return number_or_text(ratio, kPercentagePattern);
        case Notation::duration: return pattern(kDurationPattern);
        case Notation::any_unit:
        case Notation::unit_or_utilization: {
            auto json = number_or_text(rule, kQuantityPattern);
            json["anyOf"].push_back(pattern(kDurationPattern));
            json["anyOf"].push_back(pattern(kPercentagePattern));
            return json;
        }
        default: return ranged({{"type", "number"}}, rule);
    }
}

std::string with_range(const Field& field) {
    std::string help{field.help};
    if (field.rule.notation != Notation::duration || !std::isfinite(field.rule.min)) return help;
    return help + " (" + format_duration(from_seconds(field.rule.min)) + " to " + format_duration(from_seconds(field.rule.max)) + ")";
}

}  // namespace

SchemaFields::SchemaFields() { scopes_.push_back({{}, {}, false, object(), {}}); }

SchemaFields::~SchemaFields() = default;

Json SchemaFields::object() {
    return {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
}

Json SchemaFields::take() { return std::move(scopes_.front().json); }

void SchemaFields::put(const Field& field, Json json) {
    has_default_ = true;
    auto& scope = scopes_.back();
    if (!field.help.empty() && !json.contains("description")) json["description"] = with_range(field);
    if (field.name.empty()) {
        scope.json = std::move(json);
        return;
    }
    scope.json["properties"][std::string{field.name}] = std::move(json);
    if (field.required) scope.json["required"].push_back(field.name);
}

void SchemaFields::value(const Field& field, bool& v) {
    Json json{{"type", "boolean"}};
    if (!field.required && has_default_) json["default"] = v;
    put(field, std::move(json));
}

void SchemaFields::value(const Field& field, std::int64_t& v) {
    auto json = ranged({{"type", "integer"}}, field.rule);
    if (!field.required && has_default_) json["default"] = v;
    put(field, std::move(json));
}

void SchemaFields::value(const Field& field, std::uint64_t& v) {
    auto whole = static_cast<std::int64_t>(v);
    value(field, whole);
}

void SchemaFields::value(const Field& field, double& v) {
    auto json = in_notation(field.rule);
    if (!field.required && has_default_) json["default"] = number(v);
    put(field, std::move(json));
}

void SchemaFields::value(const Field& field, Duration& v) {
    auto json = pattern(kDurationPattern);
    if (!field.required && has_default_) json["default"] = format_duration(v);
    Field timed = field;
    timed.rule.notation = Notation::duration;
    put(timed, std::move(json));
}

void SchemaFields::value(const Field& field, Time&) { put(field, {{"type", "string"}, {"format", "date-time"}}); }

void SchemaFields::value(const Field& field, std::string& v) {
    Json json{{"type", "string"}, {"minLength", 1}};
    if (field.rule.notation == Notation::text_or_number) json = {{"type", Json::array({"string", "number"})}};
    if (field.rule.notation == Notation::dns_label) json = pattern(kDnsLabelPattern);
    if (field.rule.notation == Notation::identifier || field.rule.notation == Notation::signal) json = pattern(kIdentifierPattern);
    if (!field.required && has_default_ && !v.empty()) json["default"] = v;
    put(field, std::move(json));
}

void SchemaFields::one_of(const Field& field, std::size_t& v, std::span<const std::string_view> names) {
    Json json;
    if (names.size() == 1) {
        json["const"] = names.front();
    } else {
        for (const auto name : names) json["enum"].push_back(name);
        if (!field.required && has_default_ && v < names.size()) json["default"] = names[v];
    }
    put(field, std::move(json));
}

bool SchemaFields::present(const Field&, bool) {
    has_default_ = false;
    return true;
}

void SchemaFields::push(const Field& field, Json json) {
    has_default_ = true;
    scopes_.push_back({std::string{field.name}, std::string{field.help}, field.required, std::move(json), {}});
}

void SchemaFields::pop() {
    auto done = std::move(scopes_.back());
    scopes_.pop_back();
    if (!done.words.empty()) {
        Json either;
        either["anyOf"] = Json::array({{{"enum", done.words}}, std::move(done.json)});
        done.json = std::move(either);
    }
    put(Field{done.name, done.help, {}, done.required}, std::move(done.json));
}

void SchemaFields::open(const Field& field) { push(field, object()); }

void SchemaFields::close() { pop(); }

std::size_t SchemaFields::open_list(const Field& field, std::size_t, std::size_t) {
    push(field, {{"type", "array"}});
    return 1;
}

std::size_t SchemaFields::open_map(const Field& field, std::size_t, std::size_t) {
    Json json{{"type", "object"}};
    if (field.rule.notation == Notation::identifier) json["propertyNames"] = pattern(kIdentifierPattern);
    push(field, std::move(json));
    return 1;
}

void SchemaFields::key(std::size_t, std::string&) {}

void SchemaFields::open_element(std::size_t) { push(Field{}, {}); }

void SchemaFields::close_element() {
    auto element = std::move(scopes_.back().json);
    element.erase("description");  // that of the list
    scopes_.pop_back();
    auto& around = scopes_.back().json;
    around[around["type"] == "array" ? "items" : "additionalProperties"] = std::move(element);
}

void SchemaFields::close_list() { pop(); }

bool SchemaFields::chosen(std::span<const Alternative>, std::string_view, bool) {
    may_choose_none_ = true;
    return true;
}

std::size_t SchemaFields::choose(std::span<const Alternative> known, std::size_t) {
    Json one = Json::array();
    Json none = Json::array();
    for (const auto& alternative : known) {
        open(Field{alternative.name, alternative.help});
        alternative.describe(*this);
        close();
        one.push_back({{"required", Json::array({alternative.name})}});
        none.push_back({{"required", Json::array({alternative.name})}});
    }
    if (may_choose_none_) one.push_back({{"not", {{"anyOf", std::move(none)}}}});
    may_choose_none_ = false;
    scopes_.back().json["oneOf"] = std::move(one);
    return known.size();  // all of them are described
}

bool SchemaFields::shorthand(const Field& field, std::string&) {
    for (const auto word : field.words) scopes_.back().words.push_back(word);
    return false;
}

}  // namespace setpoint
