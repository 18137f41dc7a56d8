// SPDX-License-Identifier: Apache-2.0
#include "core/units.hpp"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace setpoint {
namespace {

constexpr double kMaxQuantity = 1e18;
constexpr double kMaxDurationMs = 3650.0 * 86'400'000.0;  // ten years

/// What was seen, short enough to print.
std::string shown(std::string_view text) {
    constexpr std::size_t kLongest = 60;
    if (text.size() <= kLongest) return fmt::format("'{}'", text);
    auto cut = kLongest;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;  // not inside a character
    return fmt::format("'{}...'", text.substr(0, cut));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits with at most one point, no exponent, no sign: the length of the prefix that is one; 0 without any.
std::size_t decimal_length(std::string_view text) {
    std::size_t at = 0;
    std::size_t digits = 0;
    for (bool point = false; at < text.size(); ++at) {
        if (is_digit(text[at])) ++digits;
        else if (text[at] == '.' && !point) point = true;
        else break;
    }
    return digits > 0 ? at : 0;
}

/// Reads all of `text` as a decimal number; empty where it is none. May be infinite where it is too large.
std::optional<double> read_double(std::string_view text) {
    const bool negative = !text.empty() && text.front() == '-';
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
    if (decimal_length(text) == 0) return std::nullopt;  // also keeps out inf, nan and 0x
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size()) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
        // from_chars does not say which end of the range was left; a negative exponent is the small one.
        value = text.find("e-") == std::string_view::npos && text.find("E-") == std::string_view::npos ? HUGE_VAL : 0.0;
    }
    return negative ? -value : value;
}

struct Suffix {
    std::string_view text;
    double factor;
};

/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
constexpr std::array kQuantitySuffixes{
    Suffix{"Ki", 1024.0},
    Suffix{"Mi", 1048576.0},
    Suffix{"Gi", 1073741824.0},
    Suffix{"Ti", 1099511627776.0},
    Suffix{"Pi", 1125899906842624.0},
    Suffix{"Ei", 1152921504606846976.0},
    Suffix{"n", 1e-9},
    Suffix{"u", 1e-6},
    Suffix{"m", 1e-3},
    Suffix{"k", 1e3},
    Suffix{"M", 1e6},
    Suffix{"G", 1e9},
    Suffix{"T", 1e12},
    Suffix{"P", 1e15},
    Suffix{"E", 1e18},
};

constexpr std::array kDurationUnits{
    Suffix{"ms", 1.0}, Suffix{"s", 1000.0}, Suffix{"m", 60'000.0}, Suffix{"h", 3'600'000.0}, Suffix{"d", 86'400'000.0},
};

struct UnitWord {
    std::string_view word;
    std::string_view unit;
};

/// What people write for them.
constexpr std::array kDurationWords{
    UnitWord{"msec", "ms"}, UnitWord{"sec", "s"},    UnitWord{"secs", "s"}, UnitWord{"second", "s"}, UnitWord{"seconds", "s"},
    UnitWord{"min", "m"},   UnitWord{"mins", "m"},   UnitWord{"minute", "m"}, UnitWord{"minutes", "m"}, UnitWord{"hr", "h"},
    UnitWord{"hrs", "h"},   UnitWord{"hour", "h"},   UnitWord{"hours", "h"}, UnitWord{"day", "d"},   UnitWord{"days", "d"},
};

/// The unit that is meant; empty where that cannot be told.
std::string_view meant_unit(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    for (const auto& known : kDurationUnits) {
        if (known.text == text) return text;
    }
    for (const auto& known : kDurationWords) {
        if (known.word == text) return known.unit;
    }
    return {};
}

/// Exactly scaled where the factor is a negative power of ten: 500m must be 0.5, not 500 * 0.001.
double scaled(double value, double factor) {
    return factor < 1 ? value / std::round(1 / factor) : value * factor;
}

/// `width` digits at the front of `text`, taken off it.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
    if (text.size() < width) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
        if (!is_digit(text[i])) return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(width);
    return value;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

/// `Z`, `+01:00`, `-0530`: what is to be subtracted to get to UTC.
std::optional<std::chrono::minutes> take_zone(std::string_view& text) {
    if (take(text, "Zz")) return std::chrono::minutes{0};
    const int sign = !text.empty() && text.front() == '-' ? -1 : 1;
    if (!take(text, "+-")) return std::nullopt;
    const auto hours = take_digits(text, 2);
    take(text, ":");
    const auto minutes = take_digits(text, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

/// The fraction of a second, rounded down to milliseconds; 0 without one.
std::optional<Duration> take_fraction(std::string_view& text) {
    if (!take(text, ".,")) return Duration{0};
    std::int64_t value = 0;
    std::int64_t unit = 100;
    std::size_t digits = 0;
    for (; digits < text.size() && is_digit(text[digits]); ++digits) {
        value += unit * (text[digits] - '0');
        unit /= 10;
    }
    text.remove_prefix(digits);
    if (digits == 0) return std::nullopt;
    return Duration{value};
}

std::optional<WallTime> read_time(std::string_view text) {
    using namespace std::chrono;
    const auto year_ = take_digits(text, 4);
    if (!year_ || !take(text, "-")) return std::nullopt;
    const auto month_ = take_digits(text, 2);
    if (!month_ || !take(text, "-")) return std::nullopt;
    const auto day_ = take_digits(text, 2);
    if (!day_ || !take(text, "Tt ")) return std::nullopt;
    const auto hour = take_digits(text, 2);
    if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
    const auto minute = take_digits(text, 2);
    if (!minute || *minute > 59 || !take(text, ":")) return std::nullopt;
    const auto second = take_digits(text, 2);
    if (!second || *second > 60) return std::nullopt;  // 60: a leap second, taken as the next one
    const auto fraction = take_fraction(text);
    const auto zone = take_zone(text);
    if (!fraction || !zone || !text.empty()) return std::nullopt;
    const year_month_day date{year{*year_}, month{static_cast<unsigned>(*month_)}, day{static_cast<unsigned>(*day_)}};
    if (!date.ok()) return std::nullopt;
    return WallTime{sys_days{date}} + hours{*hour} + minutes{*minute} + std::chrono::seconds{*second} +
           *fraction - *zone;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return fail(Errc::bad_config, fmt::format("must be a duration such as 90s or 1h30m, was {}{}", shown(text), why));
    };
    if (text.empty()) return refuse("");
    if (text.front() == '-') return refuse(": never negative");
    if (read_double(text)) {
        return refuse(fmt::format(": the unit is missing ({}s for seconds, {}m for minutes; ms, s, m, h, d)", text, text));
    }
    double total = 0;
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto length = decimal_length(rest);
        const auto number = read_double(rest.substr(0, length));
        if (!number) return refuse("");
        rest.remove_prefix(length);
        const auto unit = rest.substr(0, rest.find_first_of("0123456789."));
        if (unit.empty()) return refuse(": the unit of the last number is missing");
        const Suffix* known = nullptr;
        for (const auto& candidate : kDurationUnits) {
            if (candidate.text == unit) known = &candidate;
        }
        if (!known) {
            const auto meant = meant_unit(unit);
            return refuse(fmt::format(": unknown unit {}{} (known: ms, s, m, h, d)", shown(unit), meant.empty() ? "" : fmt::format(", write {} behind the number", meant)));
        }
        total += *number * known->factor;
        rest.remove_prefix(unit.size());
    }
    if (!(total <= kMaxDurationMs)) return refuse(": at most 3650d");
    return Duration{static_cast<std::int64_t>(std::round(total))};
}

Result<double> parse_number(std::string_view text) {
    const auto value = read_double(text);
    if (value && std::isfinite(*value)) return *value;
    return fail(Errc::bad_config, fmt::format("must be a finite number, was {}", shown(text)));
}

Result<double> parse_quantity(std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return fail(Errc::bad_config, fmt::format("must be a quantity such as 500m, 2k or 1Gi, was {}{}", shown(text), why));
    };
    double factor = 1;
    std::string_view number = text;
    if (!read_double(text)) {  // `1e3` is a number, `1E` is ten to the eighteenth
        for (const auto& suffix : kQuantitySuffixes) {
            if (!text.ends_with(suffix.text)) continue;
            factor = suffix.factor;
            number.remove_suffix(suffix.text.size());
            break;
        }
    }
    const auto value = read_double(number);
    // With a suffix there is no exponent: 1e3Ki is nothing in Kubernetes either.
    if (!value || (factor != 1 && number.find_first_of("eE") != std::string_view::npos)) {
        if (text.ends_with('K')) return refuse(": a thousand is k, 1024 is Ki");
        if (text.ends_with('%')) return refuse(": a percentage is not a quantity");
        return refuse("");
    }
    const double product = scaled(*value, factor);
    if (!(std::abs(product) <= kMaxQuantity * 1.2)) return refuse(": too large");  // 1Ei is 1.15e18
    return product;
}

Result<double> parse_percentage(std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return fail(Errc::bad_config, fmt::format("must be a percentage such as 70%, was {}{}", shown(text), why));
    };
    const bool marked = text.ends_with('%');
    std::string_view number = text;
    if (marked) number.remove_suffix(1);
    const auto value = read_double(number);
    if (!value && marked && number.ends_with(' ')) {
        number = number.substr(0, number.find_last_not_of(' ') + 1);
        return refuse(read_double(number) ? fmt::format(": write {}%", number) : "");
    }
    if (!value || !std::isfinite(*value)) return refuse("");
    if (*value < 0) return refuse(": never negative");
    if (marked) return *value / 100.0;
    if (*value > 1) return refuse(fmt::format(": write {}%", number));
    return *value;
}

std::string format_duration(Duration d) {
    if (d.count() == 0) return "0s";
    std::string text;
    std::uint64_t left = static_cast<std::uint64_t>(d.count());
    if (d.count() < 0) {
        text = "-";
        left = ~left + 1;
    }
    static constexpr std::array<std::pair<std::uint64_t, std::string_view>, 5> units{
        {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1000, "s"}, {1, "ms"}}};
    for (const auto& [size, unit] : units) {
        if (left >= size) text += fmt::format("{}{}", left / size, unit);
        left %= size;
    }
    return text;
}

std::string format_number(double value) {
    std::array<char, 32> room{};
    const auto [end, error] = std::to_chars(room.data(), room.data() + room.size(), value);
    return error == std::errc{} ? std::string{room.data(), end} : std::string{};
}

std::string format_percentage(double ratio) {
    auto text = fmt::format("{:.3f}", ratio * 100.0);
    if (text.find('.') != std::string::npos) {
        while (text.back() == '0') text.pop_back();
        if (text.back() == '.') text.pop_back();
    }
    if (text == "-0") text = "0";
    return text + "%";
}

std::string format_time(WallTime t) {
    using namespace std::chrono;
    const auto midnight = floor<days>(t);
    const year_month_day date{midnight};
    const hh_mm_ss clock{t - midnight};
    auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                            static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                            clock.minutes().count(), clock.seconds().count());
    if (const auto ms = clock.subseconds().count(); ms != 0) text += fmt::format(".{:03}", ms);
    return text + "Z";
}

Result<WallTime> parse_time(std::string_view text) {
    if (const auto time = read_time(text)) return *time;
    return fail(Errc::bad_config,
                fmt::format("must be a time such as 2026-01-31T08:00:00Z or with an offset such as +01:00, was {}", shown(text)));
}

}  // namespace setpoint
