// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/time_stamp.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace setpoint {
namespace {

// Seconds stay below 1e11 until the year 5138; each finer unit is a thousand times larger.
struct NumberUnit {
    double below;
    double per_millisecond;
};
constexpr std::array kUnits{NumberUnit{1e11, 1e-3}, NumberUnit{1e14, 1}, NumberUnit{1e17, 1e3}, NumberUnit{1e20, 1e6}};

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = 10 * value + (c - '0');
    }
    return value;
}

bool has(std::string_view text, std::size_t at, char c) { return at < text.size() && text[at] == c; }

/// What follows the seconds' point, in milliseconds; `at` moves behind it.
std::int64_t fraction(std::string_view text, std::size_t& at) {
    std::int64_t milliseconds = 0;
    std::int64_t weight = 100;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
        milliseconds += weight * (text[at] - '0');
        weight /= 10;
    }
    return milliseconds;
}

/// `Z`, `UTC`, `+01:00`, `+0100`, `-05`: the offset from UTC in minutes.
std::optional<int> zone_minutes(std::string_view zone) {
    if (zone == "Z" || zone == "z" || zone == "UTC" || zone == "GMT") return 0;
    if (zone.empty() || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
    const auto hours = digits(zone, 1, 2);
    const std::size_t minutes_at = has(zone, 3, ':') ? 4 : 3;
    const auto minutes = zone.size() == 3 ? std::optional{0} : digits(zone, minutes_at, 2);
    if (!hours || !minutes || (zone.size() != 3 && zone.size() != minutes_at + 2)) return std::nullopt;
    if (*hours > 23 || *minutes > 59) return std::nullopt;
    return (zone[0] == '-' ? -1 : 1) * (60 * *hours + *minutes);
}

}  // namespace

std::optional<std::int64_t> TimeReader::read(double number) {
    if (!std::isfinite(number)) return std::nullopt;
    const auto unit = std::ranges::find_if(kUnits, [&](const auto& u) { return std::abs(number) < u.below; });
    if (unit == kUnits.end()) return std::nullopt;
    if (!per_millisecond_) per_millisecond_ = unit->per_millisecond;
    if (*per_millisecond_ != unit->per_millisecond) return std::nullopt;
    return std::llround(number / *per_millisecond_);
}

std::optional<std::int64_t> TimeReader::read(std::string_view text) {
    const bool is_date = text.size() >= 10 && (text[4] == '-' || text[4] == '/') && text[7] == text[4];
    if (is_date) return read_date(text);
    double number = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (wrong != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return read(number);
}

std::optional<std::int64_t> TimeReader::days_of(std::string_view date) {
    if (date == last_date_) return last_days_;
    const auto year = digits(date, 0, 4);
    const auto month = digits(date, 5, 2);
    const auto day = digits(date, 8, 2);
    if (!year || !month || !day) return std::nullopt;
    const std::chrono::year_month_day civil{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                            std::chrono::day{static_cast<unsigned>(*day)}};
    if (!civil.ok()) return std::nullopt;
    last_date_ = date;
    last_days_ = std::chrono::sys_days{civil}.time_since_epoch().count();
    return last_days_;
}

std::optional<std::int64_t> TimeReader::read_date(std::string_view text) {
    constexpr std::int64_t kDay = 86'400'000;
    const auto days = days_of(text.substr(0, 10));
    if (!days) return std::nullopt;
    without_zone_ = text.size() == 10;
    if (without_zone_) return *days * kDay;
    if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
    const auto hours = digits(text, 11, 2);
    const auto minutes = digits(text, 14, 2);
    if (!hours || !minutes || !has(text, 13, ':') || *hours > 23 || *minutes > 59) return std::nullopt;
    std::int64_t milliseconds = (*hours * 60LL + *minutes) * 60'000;
    std::size_t at = 16;
    if (has(text, at, ':')) {
        const auto secs = digits(text, 17, 2);
        if (!secs || *secs > 60) return std::nullopt;  // 60: a leap second
        milliseconds += *secs * 1000LL;
        at = 19;
        if (has(text, at, '.') || has(text, at, ',')) milliseconds += fraction(text, ++at);
    }
    if (has(text, at, ' ')) ++at;
    const auto zone = text.substr(at);
    without_zone_ = zone.empty();
    const auto offset = without_zone_ ? std::optional{0} : zone_minutes(zone);
    if (!offset) return std::nullopt;
    return *days * kDay + milliseconds - *offset * 60'000LL;
}

bool same_but_for_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool names_a_time(std::string_view column) {
    static constexpr std::string_view names[] = {"time",  "timestamp",  "ts", "date",  "datetime",  "date_time",
                                                 "_time", "@timestamp", "t",  "epoch", "unix_time", "unixtime"};
    return std::ranges::any_of(names, [&](std::string_view name) { return same_but_for_case(name, column); });
}

}  // namespace setpoint
