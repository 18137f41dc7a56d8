// SPDX-License-Identifier: Apache-2.0
#include "policies/cron.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace setpoint {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Column {
    std::string_view name;
    unsigned first;
    unsigned last;
    std::span<const std::string_view> names = {};  // of `first` and so on
};

const std::array<Column, 5> kColumns{{{"minute", 0, 59},
                                      {"hour", 0, 23},
                                      {"day of month", 1, 31},
                                      {"month", 1, 12, kMonths},
                                      {"day of week", 0, 7, kDays}}};

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0;;) {
        const auto end = text.find(separator, at);
        parts.push_back(text.substr(at, end - at));
        if (end == std::string_view::npos) return parts;
        at = end + 1;
    }
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    for (std::size_t at = 0; (at = text.find_first_not_of(" \t", at)) != std::string_view::npos;) {
        const auto end = std::min(text.find_first_of(" \t", at), text.size());
        found.push_back(text.substr(at, end - at));
        at = end;
    }
    return found;
}

std::optional<unsigned> number(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

std::optional<unsigned> one(std::string_view text, const Column& column) {
    std::string lower{text};
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (std::size_t i = 0; i < column.names.size(); ++i) {
        if (lower == column.names[i]) return column.first + static_cast<unsigned>(i);
    }
    const auto value = number(text);
    if (!value || *value < column.first || *value > column.last) return std::nullopt;
    return value;
}

/// One part of a list: `*`, `5`, `1-5`, each with `/2`.
std::optional<std::uint64_t> part_of(std::string_view text, const Column& column) {
    const auto slash = text.find('/');
    const auto range = text.substr(0, slash);
    unsigned step = 1;
    if (slash != std::string_view::npos) {
        const auto given = number(text.substr(slash + 1));
        if (!given || *given == 0 || *given > column.last) return std::nullopt;
        step = *given;
    }
    unsigned from = column.first;
    unsigned to = column.last;
    if (range != "*") {
        const auto dash = range.find('-');
        const auto first = one(range.substr(0, dash), column);
        if (!first) return std::nullopt;
        from = *first;
        // `5/15` is `5-59/15`, and `5` alone is 5.
        if (dash == std::string_view::npos)
            to = slash == std::string_view::npos ? from : column.last;
        else if (const auto last = one(range.substr(dash + 1), column))
            to = *last;
        else
            return std::nullopt;
        if (column.last == 7 && to == 0 && from > 0) to = 7;  // fri-sun
        if (from > to) return std::nullopt;
    }
    std::uint64_t bits = 0;
    for (unsigned at = from; at <= to; at += step) bits |= std::uint64_t{1} << at;
    return bits;
}

Result<std::uint64_t> bits_of(std::string_view text, const Column& column) {
    std::uint64_t bits = 0;
    for (const auto part : split(text, ',')) {
        const auto some = part_of(part, column);
        if (!some) {
            return fail(Errc::bad_config,
                        fmt::format("the {} must be {} to {}, a range, a list or a step of them, was '{}'", column.name,
                                    column.first, column.last, text));
        }
        bits |= *some;
    }
    return bits;
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
    const auto given = words(text);
    if (given.size() != kColumns.size()) {
        return fail(Errc::bad_config,
                    fmt::format("must have 5 fields (minute hour day-of-month month day-of-week), was '{}'", text));
    }
    Cron cron;
    std::uint64_t* const columns[] = {&cron.minutes_, &cron.hours_, &cron.days_, &cron.months_, &cron.weekdays_};
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
        const auto bits = bits_of(given[i], kColumns[i]);
        if (!bits) return tl::unexpected<Error>(bits.error());
        *columns[i] = *bits;
    }
    if ((cron.weekdays_ >> 7 & 1) != 0) cron.weekdays_ |= 1;
    cron.either_day_ = !given[2].starts_with('*') && !given[4].starts_with('*');
    return cron;
}

bool Cron::on(std::chrono::local_days day) const {
    const std::chrono::year_month_day civil{day};
    if ((months_ >> static_cast<unsigned>(civil.month()) & 1) == 0) return false;
    const bool date = (days_ >> static_cast<unsigned>(civil.day()) & 1) != 0;
    const bool week = (weekdays_ >> std::chrono::weekday{day}.c_encoding() & 1) != 0;
    return either_day_ ? date || week : date && week;
}

}  // namespace setpoint
