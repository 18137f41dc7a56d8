// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/yaml_guards.hpp"

#include <fmt/core.h>

#include <cstdint>

namespace setpoint {
namespace {

/// The length of the UTF-8 sequence at the front of `text`; 0 where it is none (RFC 3629).
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) -> std::uint32_t { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    if (byte(0) < 0x80U) return 1;
    if (byte(0) >= 0xC2U && byte(0) <= 0xDFU) return follows(1) ? 2 : 0;
    if ((byte(0) & 0xF0U) == 0xE0U) {
        const bool overlong = byte(0) == 0xE0U && byte(1) < 0xA0U;
        const bool surrogate = byte(0) == 0xEDU && byte(1) > 0x9FU;
        return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (byte(0) >= 0xF0U && byte(0) <= 0xF4U) {
        const bool overlong = byte(0) == 0xF0U && byte(1) < 0x90U;
        const bool beyond = byte(0) == 0xF4U && byte(1) > 0x8FU;
        return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

/// Whether a line opens a block scalar: its last word is `|` or `>`, perhaps with `+`, `-` or a digit.
bool opens_block_scalar(std::string_view line) {
    if (const auto comment = line.find(" #"); comment != std::string_view::npos) line = line.substr(0, comment);
    const auto last = line.find_last_not_of(" \t\r");
    if (last == std::string_view::npos) return false;
    line = line.substr(0, last + 1);
    const auto word = line.find_last_of(" \t");
    if (word != std::string_view::npos) line.remove_prefix(word + 1);
    return (line.front() == '|' || line.front() == '>') && line.find_first_not_of("+-0123456789", 1) == std::string_view::npos;
}

}  // namespace

std::optional<BadCharacter> find_bad_character(std::string_view text) {
    int line = 1;
    std::size_t line_begin = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const Place here{line, static_cast<int>(at - line_begin) + 1};
        if ((byte < 0x20U && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7FU) {
            return BadCharacter{here, fmt::format("a control character, was 0x{:02x}: is this a text file?", byte)};
        }
        const auto length = sequence_length(text.substr(at));
        if (length == 0) return BadCharacter{here, fmt::format("must be UTF-8, was the byte 0x{:02x}", byte)};
        at += length;
        if (byte == '\n') {
            ++line;
            line_begin = at;
        }
    }
    return std::nullopt;
}

std::optional<Place> find_flood_of_brackets(std::string_view text, int limit) {
    Place here{1, 0};
    int open = 0;
    for (const char c : text) {
        ++here.column;
        if (c == '\n') {
            here = {here.line + 1, 0};
            open = 0;
        } else if (c == '[' || c == '{') {
            if (++open > limit) return here;
        } else if (open > 0 && (c == ']' || c == '}')) {
            --open;
        }
    }
    return std::nullopt;
}

std::vector<Place> find_indenting_tabs(std::string_view text) {
    constexpr std::size_t kEnough = 10;
    std::vector<Place> found;
    std::optional<std::size_t> block;  // the indentation of the line that opened a block scalar
    int number = 0;
    while (!text.empty() && found.size() < kEnough) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        ++number;
        const auto first = line.find_first_not_of(" \t\r");
        if (first == std::string_view::npos) continue;
        const auto spaces = line.find_first_not_of(' ');
        if (block && spaces > *block) continue;
        block.reset();
        if (line[spaces] == '\t' && line[first] != '#') found.push_back({number, static_cast<int>(spaces) + 1});
        if (opens_block_scalar(line)) block = spaces;
    }
    return found;
}

}  // namespace setpoint
