// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/suggestion.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace setpoint {
namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// Damerau and Levenshtein's, without case: insertions, deletions, changes and swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
            const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

bool begins_alike(std::string_view word, std::string_view candidate) {
    constexpr std::size_t kShortest = 3;
    return candidate.size() >= kShortest && word.size() > candidate.size() && distance(word.substr(0, candidate.size()), candidate) == 0;
}

/// The known word that is meant, as far as can be told: the nearest, or the one that `word` begins with.
std::string_view meant_by(std::string_view word, std::span<const std::string_view> known) {
    const auto nearest = std::ranges::min(known, {}, [&](std::string_view candidate) { return distance(word, candidate); });
    if (distance(word, nearest) <= std::max<std::size_t>(1, nearest.size() / 3)) return nearest;
    const auto longer = std::ranges::find_if(known, [&](std::string_view candidate) { return begins_alike(word, candidate); });
    return longer != known.end() ? *longer : std::string_view{};
}

}  // namespace

std::string suggest(std::string_view word, std::span<const std::string_view> known) {
    constexpr std::size_t kLongest = 64;
    if (known.empty()) return {};
    std::string text;
    if (word.size() <= kLongest) {
        const auto meant = meant_by(word, known);
        if (!meant.empty()) text = "; did you mean '" + std::string{meant} + "'?";
    }
    text += " (known: ";
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (i > 0) text += ", ";
        text += known[i];
    }
    return text + ")";
}

std::string shown(std::string_view text) {
    constexpr std::size_t kLongest = 60;
    auto cut = std::min(text.size(), kLongest);
    while (cut < text.size() && cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;  // not inside a character
    std::string plain{text.substr(0, cut)};
    for (char& c : plain) {
        if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) c = '?';
    }
    return "'" + plain + (cut < text.size() ? "...'" : "'");
}

}  // namespace setpoint
