// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/csv_number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace setpoint {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// One to three digits, then groups of three behind commas: `1,234,567.8`, but neither `12,34` nor `0,123`.
bool groups_thousands(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    text = text.substr(0, text.find('.'));
    for (std::size_t group = 0;; ++group) {
        const auto end = std::min(text.find(','), text.size());
        const bool fits = group == 0 ? end >= 1 && end <= 3 && text.front() != '0' : end == 3;
        if (!fits || !std::ranges::all_of(text.substr(0, end), is_digit)) return false;
        if (end == text.size()) return group > 0;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::optional<double> CsvNumbers::read(std::string_view text) {
    grouped_ = false;
    if (text.starts_with('+')) text.remove_prefix(1);
    percent_ = text.ends_with('%');
    if (percent_) {
        text.remove_suffix(1);
        while (text.ends_with(' ')) text.remove_suffix(1);
    }
    if (text.find(',') != std::string_view::npos) {
        plain_ = text;
        grouped_ = !decimal_comma_ && groups_thousands(text);
        if (decimal_comma_) std::ranges::replace(plain_, ',', '.');
        if (grouped_) std::erase(plain_, ',');
        text = plain_;
    }
    double number = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (percent_) number /= 100;
    if (wrong != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
    return number;
}

}  // namespace setpoint
