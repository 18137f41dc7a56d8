// SPDX-License-Identifier: Apache-2.0
#include "agent/decide/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/units.hpp"

namespace setpoint::decide_line {

using Json = nlohmann::json;

constexpr double kLastSecond = 253'402'300'799;  // of the year 9999

void refuse(std::string_view path, std::string_view wanted, const Json& seen) {
    auto shown = seen.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
    throw Refused{fmt::format("{}: must be {}, was {}", path, wanted, shown)};
}

const Json* find(const Json& object, const char* key) {
    const auto at = object.find(key);
    return at == object.end() ? nullptr : &*at;
}

void check_object(const Json& json, std::string_view path, std::initializer_list<std::string_view> known) {
    if (!json.is_object()) refuse(path, "an object", json);
    for (const auto& [key, unused] : json.items()) {
        if (std::ranges::find(known, key) == known.end()) {
            throw Refused{fmt::format("{}: unknown key '{}' (known: {})", path, key, fmt::join(known, ", "))};
        }
    }
}

double read_number(const Json& json, std::string_view path) {
    if (!json.is_number()) refuse(path, "a number", json);
    return json.get<double>();
}

bool read_bool(const Json& json, std::string_view path) {
    if (!json.is_boolean()) refuse(path, "true or false", json);
    return json.get<bool>();
}

std::string read_text(const Json& json, std::string_view path) {
    if (!json.is_string()) refuse(path, "a text", json);
    return json.get<std::string>();
}

Replicas read_replicas(const Json& json, std::string_view path) {
    const double value = json.is_number() ? json.get<double>() : -1;
    if (!(value >= 0 && value <= kMaxReplicas) || value != std::floor(value)) {
        refuse(path, fmt::format("a whole number, 0 to {}", kMaxReplicas), json);
    }
    return static_cast<Replicas>(value);
}

Time read_time(const Json& json, std::string_view path) {
    const double value = read_number(json, path);
    if (!(value >= 0 && value <= kLastSecond)) {
        refuse(path, value > kLastSecond ? "Unix seconds (not milliseconds)" : "Unix seconds, 0 or more", json);
    }
    return at_unix(value);
}

WallTime read_wall(const Json& json, std::string_view path) {
    if (!json.is_string()) return WallTime{read_time(json, path).time_since_epoch()};
    const auto time = parse_time(json.get<std::string>());
    if (!time) refuse(path, "Unix seconds or an RFC 3339 time", json);
    return *time;
}

namespace {

/// CPU or memory: a number in cores or bytes, or a Kubernetes quantity.
double read_quantity(const Json& json, std::string_view path) {
    double value = -1;
    if (json.is_string())
        value = parse_quantity(json.get<std::string>()).value_or(-1);
    else
        value = read_number(json, path);
    if (!(value >= 0)) refuse(path, R"(a quantity of 0 or more (0.5, "500m", "1Gi"))", json);
    return value;
}

/// A value as a number or a quantity, or as Prometheus writes the ones that JSON has no number for; what is bad
/// about it the board says.
double read_value(const Json& json, std::string_view path) {
    if (json.is_number()) return json.get<double>();
    if (json.is_string()) {
        const auto text = json.get<std::string>();
        if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
        if (text == "+Inf" || text == "Inf" || text == "Infinity") return std::numeric_limits<double>::infinity();
        if (text == "-Inf" || text == "-Infinity") return -std::numeric_limits<double>::infinity();
        if (const auto quantity = parse_quantity(text)) return *quantity;
    }
    refuse(path, R"(a number, null, a quantity ("500m", "1Gi"), "NaN", "+Inf", "-Inf" or an object with value, time and window)",
           json);
}

}  // namespace

Resources read_resources(const Json& json, const std::string& path) {
    check_object(json, path, {"cpu", "memory"});
    Resources resources;
    if (const auto* cpu = find(json, "cpu")) resources.cpu = read_quantity(*cpu, path + ".cpu");
    if (const auto* memory = find(json, "memory")) resources.memory = read_quantity(*memory, path + ".memory");
    return resources;
}

SignalValue read_signal_value(const Json& json, const std::string& path, Time now) {
    if (json.is_null()) return {false, 0, now, {}};
    if (!json.is_object()) return {true, read_value(json, path), now, {}};
    check_object(json, path, {"value", "time", "window"});
    SignalValue result{.measured = now};
    const auto* value = find(json, "value");
    if (value == nullptr) throw Refused{path + ".value: is missing"};
    result.there = !value->is_null();
    if (result.there) result.value = read_value(*value, path + ".value");
    if (const auto* time = find(json, "time")) result.measured = read_time(*time, path + ".time");
    if (const auto* window = find(json, "window")) {
        const double length = read_number(*window, path + ".window");
        if (!(length >= 0 && length <= 86'400)) refuse(path + ".window", "0 to 86400 seconds", *window);
        result.window = from_seconds(length);
    }
    return result;
}

}  // namespace setpoint::decide_line
