// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/scalar_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "agent/documents/suggestion.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kLongestName = 63;
constexpr std::array<std::string_view, 6> kNotFinite{"nan", "NaN", "NAN", "inf", "Inf", "INF"};  // YAML's, behind a point
constexpr double kUnlimited = 1e15;  // rules above it only keep infinities away: nobody wants to read them

tl::unexpected<Error> refuse(std::string message) { return fail(Errc::bad_config, std::move(message)); }

std::string seen(ScalarText scalar) {
    return scalar.plain ? shown(scalar.text) : "the text " + shown(scalar.text);
}

std::string show_bound(double value, Notation notation) {
    switch (notation) {
        case Notation::percentage: return format_percentage(value);
        case Notation::duration: return format_duration(from_seconds(value));
        default: return std::abs(value) < 1e15 && value == std::floor(value) ? fmt::format("{:.0f}", value) : format_number(value);
    }
}

bool within(const Rule& rule, double value) {
    return (rule.above ? value > rule.min : value >= rule.min) && value <= rule.max;
}

Result<double> ranged(Result<double> value, ScalarText scalar, const Rule& rule) {
    if (!value || within(rule, *value)) return value;
    if (!(value.value() > rule.max) || rule.max < kUnlimited) return refuse(fmt::format("must be {}, was {}", allowed(rule), seen(scalar)));
    return refuse(fmt::format("must be at most {}, was {}", show_bound(rule.max, rule.notation), seen(scalar)));
}

/// `15s`, `50%`: a number, and behind it what a plain number does not have.
bool has_unit(std::string_view text) {
    const auto unit = text.find_first_not_of("0123456789.+-");
    if (unit == std::string_view::npos || !parse_number(text.substr(0, unit))) return false;
    return std::ranges::all_of(text.substr(unit), [](char c) { return c == '%' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

Result<double> plain_number(ScalarText scalar) {
    if (!scalar.plain) return refuse(fmt::format("must be a number, was {} (write it without quotes)", seen(scalar)));
    const auto number = parse_number(scalar.text);
    if (number) return number;
    const bool number_like = scalar.text.find_first_not_of("0123456789.+-eE") == std::string_view::npos;
    const bool not_finite = number_like || std::ranges::any_of(kNotFinite, [&](std::string_view word) { return scalar.text.ends_with(word); });
    return refuse(fmt::format("must be a {}number{}, was {}", not_finite ? "finite " : "", has_unit(scalar.text) ? " without a unit" : "", seen(scalar)));
}

std::string_view unit_of(Dimension dimension) {
    switch (dimension) {
        case Dimension::none: return "none";
        case Dimension::cores: return "cores";
        case Dimension::bytes: return "bytes";
        case Dimension::time: return "s";
        case Dimension::rate: return "1/s";
        case Dimension::ratio: return "ratio";
    }
    return "none";
}

/// A plain number, or why it is none: mostly that it has a unit and the signal does not.
Result<double> unitless(ScalarText scalar, const SignalUnit* signal) {
    auto number = plain_number({scalar.text, true});
    if (number) return number;
    const auto hint = [&](std::string_view unit) {
        if (!signal) return refuse(fmt::format("must be a plain number, was {}", seen(scalar)));
        return refuse(fmt::format("has a unit, was {}, but the signal '{}' has none: give the signal `unit: {}`, or write a plain number",
                                  seen(scalar), signal->name, unit));
    };
    if (signal && parse_duration(scalar.text) && parse_quantity(scalar.text)) {
        return refuse(fmt::format("may mean thousandths or minutes, was {}, and the signal '{}' has no unit: give it `unit: 1/s` or `unit: s`, or write a plain number",
                                  seen(scalar), signal->name));
    }
    if (parse_duration(scalar.text)) return hint(unit_of(Dimension::time));
    if (scalar.text.ends_with('%') && parse_percentage(scalar.text)) return hint(unit_of(Dimension::ratio));
    if (parse_quantity(scalar.text)) return hint(scalar.text.ends_with('i') ? "bytes" : "1/s");
    return number;
}

Result<double> in_unit(ScalarText scalar, const SignalUnit* signal) {
    const auto dimension = signal ? signal->dimension : Dimension::none;
    const auto of_signal = [&](Error error) {
        error.message += fmt::format(" (the signal '{}' is in {})", signal->name, unit_of(dimension));
        return error;
    };
    switch (dimension) {
        case Dimension::none: return unitless(scalar, signal);
        case Dimension::time: return parse_duration(scalar.text).map(seconds).map_error(of_signal);
        case Dimension::ratio: return parse_percentage(scalar.text).map_error(of_signal);
        case Dimension::cores:
        case Dimension::bytes:
        case Dimension::rate: return parse_quantity(scalar.text).map_error(of_signal);
    }
    return unitless(scalar, signal);
}

/// As HPA's fields of the same names: on a signal without a unit a Kubernetes quantity, `15000m` is 15.
Result<double> quantity_or_unit(ScalarText scalar, const SignalUnit* signal) {
    const bool unitless_signal = !signal || signal->dimension == Dimension::none;
    if (const auto quantity = parse_quantity(scalar.text); quantity && unitless_signal) return quantity;
    return in_unit(scalar, signal);
}

Result<double> utilization(ScalarText scalar, const SignalUnit& signal) {
    return parse_percentage(scalar.text).map_error([&](Error error) {
        error.message += fmt::format(" (of '{}' the utilization is meant)", signal.name);
        return error;
    });
}

/// Whether YAML or JSON would take it for something else than a text.
bool looks_like_no_text(std::string_view text) { return text == "true" || text == "false" || parse_number(text).has_value(); }

bool is_name(std::string_view text, bool (*inside)(char), bool (*at_ends)(char)) {
    return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, inside) && at_ends(text.front()) && at_ends(text.back());
}

bool lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool letter_or_digit(char c) { return lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool is_dns_label(std::string_view text) {
    return is_name(text, [](char c) { return lower_or_digit(c) || c == '-'; }, lower_or_digit);
}

bool is_identifier(std::string_view text) {
    return is_name(text, [](char c) { return letter_or_digit(c) || c == '-' || c == '_' || c == '.'; }, letter_or_digit);
}

std::string allowed(const Rule& rule) {
    const auto least = show_bound(rule.min, rule.notation);
    const bool has_min = std::isfinite(rule.min);
    const bool has_max = rule.max < kUnlimited;
    if (has_min && has_max) return fmt::format("{}{} to {}", rule.above ? "above " : "", least, show_bound(rule.max, rule.notation));
    if (has_max) return fmt::format("at most {}", show_bound(rule.max, rule.notation));
    if (has_min) return rule.above ? fmt::format("above {}", least) : fmt::format("{} or more", least);
    return {};
}

Result<double> read_double(ScalarText scalar, const Rule& rule, const SignalUnit* signal) {
    switch (rule.notation) {
        case Notation::quantity: return ranged(parse_quantity(scalar.text), scalar, rule);
        case Notation::percentage: return ranged(parse_percentage(scalar.text), scalar, rule);
        case Notation::duration: return ranged(parse_duration(scalar.text).map(seconds), scalar, rule);
        case Notation::any_unit: return ranged(quantity_or_unit(scalar, signal), scalar, rule);
        case Notation::unit_or_utilization:
            return ranged(signal && signal->resource ? utilization(scalar, *signal) : in_unit(scalar, signal), scalar, rule);
        default: return ranged(plain_number(scalar), scalar, rule);
    }
}

Result<Duration> read_duration(ScalarText scalar, const Rule& rule) {
    Rule timed = rule;
    timed.notation = Notation::duration;
    const auto duration = parse_duration(scalar.text);
    const auto checked = ranged(duration.map(seconds), scalar, timed);
    if (!checked) return tl::unexpected<Error>(checked.error());
    return *duration;
}

Result<std::int64_t> read_whole(ScalarText scalar, const Rule& rule) {
    const auto number = plain_number(scalar);
    if (!number) return tl::unexpected<Error>(number.error());
    if (const auto checked = ranged(number, scalar, rule); !checked) return tl::unexpected<Error>(checked.error());
    std::int64_t whole = 0;
    const char* end = scalar.text.data() + scalar.text.size();
    const auto digits = scalar.text.substr(scalar.text.starts_with('-') ? 1 : 0);
    const auto [stop, error] = std::from_chars(scalar.text.data(), end, whole);
    if (error != std::errc{} || stop != end) return refuse(fmt::format("must be a whole number, was {}", seen(scalar)));
    // YAML 1.1 reads 010 as eight.
    if (digits.size() > 1 && digits.front() == '0') return refuse(fmt::format("must be a whole number without leading zeros, was {}", seen(scalar)));
    return whole;
}

Result<bool> read_bool(ScalarText scalar) {
    if (scalar.plain && scalar.text == "true") return true;
    if (scalar.plain && scalar.text == "false") return false;
    return refuse(fmt::format("must be true or false, was {}", seen(scalar)));
}

Result<std::string> read_string(ScalarText scalar, const Rule& rule) {
    if (scalar.text.empty()) return refuse("must not be empty");
    if (rule.notation != Notation::text_or_number && scalar.plain && looks_like_no_text(scalar.text)) {
        return refuse(fmt::format("must be a text, was {} (quote it if it is meant as one)", shown(scalar.text)));
    }
    if (rule.notation == Notation::dns_label && !is_dns_label(scalar.text)) {
        return refuse(fmt::format("must be lower case letters, digits and dashes, at most {}, was {}", kLongestName, shown(scalar.text)));
    }
    if ((rule.notation == Notation::identifier || rule.notation == Notation::signal) && !is_identifier(scalar.text)) {
        return refuse(fmt::format("must be letters, digits, and - _ . inside, at most {}, was {}", kLongestName, shown(scalar.text)));
    }
    return std::string{scalar.text};
}

}  // namespace setpoint
