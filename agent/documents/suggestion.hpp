// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace setpoint {

/// What an unknown word may have meant, and what there is: `; did you mean 'replicas'? (known: ...)`; only
/// the list where nothing is near. Nothing at all without known words.
[[nodiscard]] std::string suggest(std::string_view word, std::span<const std::string_view> known);

/// What was seen, fit for a message of one line: cut where it is long, control characters as `?`.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace setpoint
