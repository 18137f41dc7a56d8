// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint::reply_json {

/// How the JSON that an Engine or a cluster answers is taken apart. What is not there, or of another kind, is absent or empty: the parsers
/// say what they cannot do without.

using Json = nlohmann::json;

/// The document; `bad_reply` for what is no JSON, or nested too deeply to be taken apart by recursion.
[[nodiscard]] Result<Json> read(std::string_view text);

[[nodiscard]] const Json* member(const Json& object, const char* name);

/// The member at the end of a path of names.
template <class... Names>
const Json* member(const Json& object, const char* name, Names... further) {
    const auto* inner = member(object, name);
    return inner == nullptr ? nullptr : member(*inner, further...);
}

[[nodiscard]] std::string text(const Json* value);
/// A number from 0 up.
[[nodiscard]] std::optional<std::uint64_t> count(const Json* value);
[[nodiscard]] std::optional<double> positive(const Json* value);
/// A time; absent for Go's zero, which means never.
[[nodiscard]] std::optional<WallTime> stamp(const Json* value);

}  // namespace setpoint::reply_json
