// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/documents/finding.hpp"

namespace setpoint {

struct BadCharacter {
    Place at;  // columns in bytes
    std::string message;
};

/// The first byte that is not UTF-8 (overlong forms and surrogates neither), or a control character.
[[nodiscard]] std::optional<BadCharacter> find_bad_character(std::string_view text);

/// The first line that opens more than `limit` brackets which it does not close. Quotes are not looked at: no
/// text comes near the limit, and a parser that must look ahead over such a line takes memory for each.
[[nodiscard]] std::optional<Place> find_flood_of_brackets(std::string_view text, int limit);

/// Tabs in front of a line's first character, except in the text of a block scalar; the first few.
[[nodiscard]] std::vector<Place> find_indenting_tabs(std::string_view text);

}  // namespace setpoint
