// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/settings_json.hpp"

#include <utility>
#include <vector>

#include "core/fields.hpp"
#include "core/units.hpp"
#include "policies/shape.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

/// Writes what a table holds as JSON; optional rows that are absent are left out, and so are empty lists and texts.
class Writer final : public Fields {
public:
    [[nodiscard]] Json take() { return std::move(places_.front()); }

    void value(const Field& field, bool& v) override { put(field, v); }
    void value(const Field& field, std::int64_t& v) override { put(field, v); }
    void value(const Field& field, std::uint64_t& v) override { put(field, v); }
    void value(const Field& field, double& v) override {
        if (field.rule.notation == Notation::percentage) put(field, format_percentage(v));
        else put(field, v);
    }
    void value(const Field& field, Duration& v) override { put(field, format_duration(v)); }
    void value(const Field& field, Time& v) override { put(field, v.time_since_epoch().count()); }
    void value(const Field& field, std::string& v) override {
        if (!v.empty()) put(field, v);
    }
    void one_of(const Field& field, std::size_t& v, std::span<const std::string_view> names) override {
        if (v < names.size()) put(field, names[v]);
    }
    bool present(const Field&, bool engaged) override { return engaged; }
    void open(const Field& field) override { begin(field, Json::object()); }
    void close() override { end(); }
    std::size_t open_list(const Field& field, std::size_t size, std::size_t) override {
        begin(field, Json::array());
        return size;
    }
    void open_element(std::size_t) override {}
    void close_element() override {}
    void close_list() override { end(); }
    std::size_t open_map(const Field& field, std::size_t size, std::size_t) override {
        begin(field, Json::object());
        return size;
    }
    void key(std::size_t, std::string& name) override { key_ = name; }
    std::size_t choose(std::span<const Alternative>, std::size_t current) override { return current; }
    bool shorthand(const Field&, std::string&) override { return false; }

private:
    void put(const Field& field, Json value) {
        auto& place = places_.back();
        if (place.is_array()) place.push_back(std::move(value));
        else place[field.name.empty() ? std::exchange(key_, {}) : std::string{field.name}] = std::move(value);
    }
    void begin(const Field& field, Json empty) {
        names_.push_back(field.name.empty() ? std::exchange(key_, {}) : std::string{field.name});
        places_.push_back(std::move(empty));
    }
    void end() {
        Json made = std::move(places_.back());
        places_.pop_back();
        const auto name = std::move(names_.back());
        names_.pop_back();
        if (places_.back().is_array()) places_.back().push_back(std::move(made));
        else if (!made.empty()) places_.back()[name] = std::move(made);
    }

    std::vector<Json> places_{Json::object()};
    std::vector<std::string> names_;
    std::string key_;  // of the element of a map that comes next
};

template <class T>
Json as_json(T value) {
    Writer writer;
    bind(writer, value);
    return writer.take();
}

Json policy_json(const PolicyEntry& entry) {
    auto settings = entry.settings;
    Writer writer;
    writer.tagged(settings);
    auto json = writer.take();
    json.front()["name"] = entry.name;
    return json;
}

Json missing_json(const OnMissing& missing) {
    if (!missing.replicas) return "hold";
    return {{"replicas", *missing.replicas}, {"after", format_duration(missing.after)}, {"allowDown", missing.allow_down}};
}

std::string_view name_of(Mode mode) {
    switch (mode) {
        case Mode::live: return "live";
        case Mode::shadow: return "shadow";
        case Mode::off: return "off";
    }
    return "off";
}

}  // namespace

Json settings_json(const ScalingSpec& spec) {
    Json json{{"mode", name_of(spec.mode)}, {"minReplicas", spec.replicas.min}, {"maxReplicas", spec.replicas.max}, {"interval", format_duration(spec.interval)}};
    for (const auto& signal : spec.signals) json["signals"][signal.name]["maxAge"] = format_duration(signal.oldest_allowed());
    json["policies"] = Json::array();
    for (const auto& entry : spec.policies) json["policies"].push_back(policy_json(entry));
    json["combine"] = spec.combine == Combine::min ? "min" : "max";
    json["behavior"] = as_json(effective_behavior(spec));
    json["onMissing"] = missing_json(spec.on_missing);
    json["holdFor"] = format_duration(spec.hold_for);
    json["yield"] = as_json(spec.yield);
    if (spec.compat == Compat::hpa) json["compat"] = "hpa";
    return json;
}

}  // namespace setpoint
