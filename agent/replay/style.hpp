// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace setpoint {

enum class Ink : std::uint8_t { plain, strong, faint, signal, size, recorded, goal, warning };

/// What the reader's terminal can show.
struct Style {
    bool color = false;
    bool unicode = false;
    std::size_t width = 100;

    [[nodiscard]] std::string paint(Ink ink, std::string_view text) const {
        static constexpr std::string_view codes[] = {"", "1", "2", "36", "32", "34", "33", "33"};
        if (!color || ink == Ink::plain || text.empty()) return std::string{text};
        return "\033[" + std::string{codes[static_cast<std::size_t>(ink)]} + "m" + std::string{text} + "\033[0m";
    }
    [[nodiscard]] std::string_view either(std::string_view fine, std::string_view ascii) const {
        return unicode ? fine : ascii;
    }
};

}  // namespace setpoint
