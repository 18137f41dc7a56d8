// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <simdjson.h>
#include <string_view>

/// How large answers are taken apart. What is not there, or of another kind, is absent or empty.
namespace setpoint::dom_json {

using Element = simdjson::dom::element;

/// The member at the end of a path of names.
template <class... Names>
std::optional<Element> member(const Element& value, Names... names) {
    Element at = value;
    const bool found = ((at[std::string_view{names}].get(at) == simdjson::SUCCESS) && ...);
    return found ? std::optional{at} : std::nullopt;
}

inline std::string_view text(const std::optional<Element>& value) {
    std::string_view found;
    return value && value->get(found) == simdjson::SUCCESS ? found : std::string_view{};
}

/// 0 where there is none.
inline std::int64_t integer(const std::optional<Element>& value) {
    std::int64_t found = 0;
    return value && value->get(found) == simdjson::SUCCESS ? found : 0;
}

inline bool is_true(const std::optional<Element>& value) {
    bool found = false;
    return value && value->get(found) == simdjson::SUCCESS && found;
}

template <class Each>
void for_each(const std::optional<Element>& list, const Each& each) {
    simdjson::dom::array items;
    if (!list || list->get(items) != simdjson::SUCCESS) return;
    for (const Element item : items) each(item);
}

/// Whether it is a list; Go writes an empty one as null.
inline bool is_list(const std::optional<Element>& value) { return value && (value->is_array() || value->is_null()); }

}  // namespace setpoint::dom_json
