// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/yaml_writer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <string_view>

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kWidth = 110;
constexpr std::size_t kStep = 2;

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

/// Words that YAML 1.1 takes for a truth value or for nothing.
bool is_reserved(std::string_view text) {
    static constexpr std::array<std::string_view, 9> words{"true", "false", "yes", "no", "on", "off", "y", "n", "null"};
    return std::ranges::any_of(words, [&](std::string_view word) {
        return std::ranges::equal(word, text, {}, {}, [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    });
}

/// `90s`, `500m`, `1Gi`, `1.5h`, `70%`: digits and a unit, which is no number.
bool is_measure(std::string_view text) {
    static constexpr std::array<std::string_view, 16> units{"ms", "s", "m", "h", "d", "%", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "n", "u"};
    const auto unit = std::ranges::find_if_not(text, [](char c) { return is_digit(c) || c == '.'; });
    const auto number = text.substr(0, static_cast<std::size_t>(unit - text.begin()));
    return !number.empty() && is_digit(number.front()) && std::ranges::find(units, text.substr(number.size())) != units.end();
}

/// Whether nothing but a text can be meant without quotes, also between brackets.
bool is_plain(std::string_view text) {
    if (is_measure(text)) return true;
    if (text.empty() || is_reserved(text) || !(is_letter(text.front()) || text.front() == '/' || text.front() == '_')) return false;
    char before = ' ';
    for (const char c : text) {
        const bool in_word = is_letter(c) || is_digit(c) || std::string_view{"_./%+-=();"}.find(c) != std::string_view::npos;
        const bool colon = c == ':' && before != ' ';
        const bool space = c == ' ' && before != ' ' && before != ':';
        if (!in_word && !colon && !space) return false;
        before = c;
    }
    return before != ' ' && before != ':';
}

std::string text_of(const std::string& text) {
    if (is_plain(text)) return text;
    const bool control = std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7f; });
    if (control) return Json(text).dump();  // JSON's escapes are YAML's
    std::string quoted{"'"};
    for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
    return quoted + "'";
}

std::string scalar(const Json& value) { return value.is_string() ? text_of(value.get_ref<const std::string&>()) : value.dump(); }

std::string in_one_line(const Json& value) {
    if (!value.is_structured()) return scalar(value);
    if (value.empty()) return value.is_array() ? "[]" : "{}";
    std::string line;
    for (const auto& [key, entry] : value.items()) {
        line += line.empty() ? "" : ", ";
        if (value.is_object()) line += text_of(key) + ": ";
        line += in_one_line(entry);
    }
    return value.is_array() ? "[" + line + "]" : "{ " + line + " }";
}

/// Writes the entries of `value` at a column, the first where the text ends now.
void write(const Json& value, std::size_t column, std::string& out) {
    bool first = true;
    for (const auto& [key, entry] : value.items()) {
        if (!first) out += "\n" + std::string(column, ' ');
        first = false;
        const auto head = value.is_array() ? "-" : text_of(key) + ":";
        const auto line = in_one_line(entry);
        out += head;
        const bool fits = column + head.size() + 1 + line.size() <= kWidth && line.find("\n") == std::string::npos;
        if (!entry.is_structured() || entry.empty() || fits) {
            out += " " + line;
        } else if (value.is_array()) {
            out += " ";
            write(entry, column + kStep, out);
        } else {
            out += "\n" + std::string(column + kStep, ' ');
            write(entry, column + kStep, out);
        }
    }
}

}  // namespace

std::string to_yaml(const Json& document) {
    std::string out;
    if (!document.is_structured() || document.empty()) return in_one_line(document) + "\n";
    write(document, 0, out);
    return out + "\n";
}

}  // namespace setpoint
