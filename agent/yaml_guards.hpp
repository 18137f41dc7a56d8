// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/finding.hpp"

namespace setpoint {

struct BadCharacter {
    Place at;  // columns in bytes
    std::string message;
};

/// The first byte that is not UTF-8 (overlong forms and surrogates neither), or a control character.
[[nodiscard]] std::optional<BadCharacter> find_bad_character(std::string_view text);

/// Tabs in front of a line's first character, except in the text of a block scalar; the first few.
[[nodiscard]] std::vector<Place> find_indenting_tabs(std::string_view text);

}  // namespace setpoint
