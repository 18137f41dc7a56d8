// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/pods.hpp"
#include "core/replicas.hpp"
#include "core/time.hpp"

/// The values in a line of `setpoint decide`. `path` is what messages call the value.
namespace setpoint::decide_line {

/// Thrown by all of these where a value is wrong, and caught by parse_decide_line.
struct Refused {
    std::string message;  // names the value, what was wanted and what was seen
};

[[noreturn]] void refuse(std::string_view path, std::string_view wanted, const nlohmann::json& seen);

/// Null where the object has no such key.
[[nodiscard]] const nlohmann::json* find(const nlohmann::json& object, const char* key);

/// Refuses what is no object, and keys that are not `known`.
void check_object(const nlohmann::json& json, std::string_view path, std::initializer_list<std::string_view> known);

[[nodiscard]] double read_number(const nlohmann::json& json, std::string_view path);
[[nodiscard]] bool read_bool(const nlohmann::json& json, std::string_view path);
[[nodiscard]] std::string read_text(const nlohmann::json& json, std::string_view path);
[[nodiscard]] Replicas read_replicas(const nlohmann::json& json, std::string_view path);
/// Unix seconds.
[[nodiscard]] Time read_time(const nlohmann::json& json, std::string_view path);
/// Unix seconds or RFC 3339.
[[nodiscard]] WallTime read_wall(const nlohmann::json& json, std::string_view path);
/// Numbers in cores and bytes, or Kubernetes quantities.
[[nodiscard]] Resources read_resources(const nlohmann::json& json, const std::string& path);

/// A signal's value: a number, null, a text as Prometheus writes NaN and infinity, or an object with `value`,
/// `time` and `window`. What is bad about a number the board says.
struct SignalValue {
    bool there = true;  // not null
    double value = 0;
    Time measured{};
    Duration window{};
};
[[nodiscard]] SignalValue read_signal_value(const nlohmann::json& json, const std::string& path, Time now);

}  // namespace setpoint::decide_line
