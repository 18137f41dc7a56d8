// SPDX-License-Identifier: Apache-2.0
#include "collectors/exposition_line.hpp"

#include <algorithm>

namespace setpoint {
namespace {

constexpr std::size_t kMostLabels = 64;
constexpr std::string_view kSpace = " \t";
constexpr std::string_view kName = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:";

void skip_space(std::string_view& rest) { rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size())); }

std::string_view take(std::string_view& rest, std::size_t end) {
    const auto taken = rest.substr(0, end);
    rest.remove_prefix(taken.size());
    return taken;
}

/// Empty: there is none.
std::string_view take_name(std::string_view& rest) {
    const bool begins = !rest.empty() && (rest.front() < '0' || rest.front() > '9');
    return take(rest, begins ? rest.find_first_not_of(kName) : 0);
}
std::string_view take_word(std::string_view& rest) {
    skip_space(rest);
    return take(rest, rest.find_first_of(kSpace));
}

bool take_one(std::string_view& rest, char wanted) {
    if (!rest.starts_with(wanted)) return false;
    rest.remove_prefix(1);
    return true;
}

/// What stands in quotes; absent where they do not end.
std::optional<std::string> take_quoted(std::string_view& rest) {
    if (!take_one(rest, '"')) return std::nullopt;
    std::string text;
    while (!rest.empty()) {
        char next = rest.front();
        rest.remove_prefix(1);
        if (next == '"') return text;
        if (next == '\\') {
            if (rest.empty()) return std::nullopt;
            next = rest.front() == 'n' ? '\n' : rest.front();
            rest.remove_prefix(1);
        }
        text += next;
    }
    return std::nullopt;
}

/// After the opening brace, up to and with the closing one.
bool take_labels(std::string_view& rest, ExpositionLine& into) {
    while (true) {
        skip_space(rest);
        if (take_one(rest, '}')) return true;
        const auto name = take_name(rest);
        skip_space(rest);
        if (name.empty() || !take_one(rest, '=') || into.labels.size() == kMostLabels) return false;
        skip_space(rest);
        auto value = take_quoted(rest);
        if (!value) return false;
        into.labels.emplace_back(name, std::move(*value));
        skip_space(rest);
        if (!take_one(rest, ',') && !rest.starts_with('}')) return false;
    }
}

}  // namespace

std::string_view ExpositionLine::label(std::string_view wanted) const {
    const auto found = std::ranges::find(labels, wanted, [](const auto& one) { return one.first; });
    return found == labels.end() ? std::string_view{} : std::string_view{found->second};
}

std::optional<ExpositionLine> parse_exposition_line(std::string_view line) {
    ExpositionLine read;
    skip_space(line);
    read.name = take_name(line);
    if (read.name.empty()) return std::nullopt;
    skip_space(line);
    if (take_one(line, '{') && !take_labels(line, read)) return std::nullopt;
    read.value = take_word(line);
    read.time = take_word(line);
    skip_space(line);
    if (read.value.empty() || !line.empty()) return std::nullopt;
    return read;
}

}  // namespace setpoint
