// SPDX-License-Identifier: Apache-2.0
#include "core/units.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <string>

namespace setpoint {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

TEST_CASE("durations add up their parts", "[units]") {
    const auto [text, expected] = GENERATE(table<std::string, Duration>({
        {"90s", 90s}, {"1h30m", 90min}, {"250ms", 250ms}, {"14d", 14 * 24h}, {"1.5s", 1500ms}, {"0s", 0s},
        {"1d2h3m4s5ms", 24h + 2h + 3min + 4s + 5ms}, {".5m", 30s}, {"3650d", 3650 * 24h}, {"2m", 2min},
    }));
    CAPTURE(text);
    REQUIRE(parse_duration(text));
    CHECK(*parse_duration(text) == expected);
}

TEST_CASE("a duration without a unit is refused with a hint", "[units]") {
    const auto text = GENERATE(as<std::string>{}, "0", "90", "1.5", "1e3");
    const auto got = parse_duration(text);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == Errc::bad_config);
    CHECK_THAT(got.error().message, Contains("unit is missing") && Contains(text + "s for seconds"));
}

TEST_CASE("what is no duration is refused", "[units]") {
    const auto text = GENERATE(as<std::string>{}, "", "s", "-5s", "+5s", "5 s", "5S", "5sec", "1h30", "nan", "nans", "inf", "infs",
                               "1e3s", "0x10s", "3651d", "1000000000000000000000000h", "5s ", " 5s", "1..5s", "90µs", "\xff");
    CAPTURE(text);
    REQUIRE_FALSE(parse_duration(text));
    CHECK(parse_duration(text).error().code == Errc::bad_config);
}

TEST_CASE("a unit in other words is refused with the one that is meant", "[units]") {
    const auto [text, hint] = GENERATE(table<std::string, std::string>({
        {"5 min", "' min', write m behind"}, {"5sec", "'sec', write s behind"}, {"1h 30m", "'h ', write h behind"}, {"2hours", "'hours', write h behind"},
    }));
    CAPTURE(text);
    CHECK_THAT(parse_duration(text).error().message, Contains(hint));
    CHECK_THAT(parse_duration("5S").error().message, !Contains("write"));
}

TEST_CASE("quantities read as Kubernetes reads them", "[units]") {
    const auto [text, expected] = GENERATE(table<std::string, double>({
        {"500m", 0.5}, {"0.5", 0.5}, {"1", 1.0}, {"+2", 2.0}, {"-2", -2.0}, {"1e3", 1000.0}, {"1E3", 1000.0}, {"1.5e-3", 0.0015},
        {"1k", 1e3}, {"2M", 2e6}, {"3G", 3e9}, {"4T", 4e12}, {"5P", 5e15}, {"1E", 1e18}, {"1Ki", 1024.0}, {"1Mi", 1048576.0},
        {"1Gi", 1073741824.0}, {"1Ti", 1099511627776.0}, {"1Pi", 1125899906842624.0}, {"1Ei", 1152921504606846976.0},
        {"100n", 1e-7}, {"250u", 0.00025}, {"1.5Gi", 1610612736.0}, {"100m", 0.1}, {"1.", 1.0}, {".5", 0.5},
    }));
    CAPTURE(text);
    REQUIRE(parse_quantity(text));
    CHECK(*parse_quantity(text) == expected);
}

TEST_CASE("what is no quantity is refused", "[units]") {
    const auto text = GENERATE(as<std::string>{}, "", "m", "Ki", "1K", "1KB", "1ki", "1Mib", "1 Gi", "70%", "nan", ".nan", "inf", ".inf",
                               "-inf", "1e400", "1e3Ki", "2E9E", "9E", "0x10", "1,5", "--1", "+-1", "1e", "12abc");
    CAPTURE(text);
    REQUIRE_FALSE(parse_quantity(text));
    CHECK(parse_quantity(text).error().code == Errc::bad_config);
}

TEST_CASE("a percentage is a ratio", "[units]") {
    CHECK(*parse_percentage("70%") == 0.7);
    CHECK(*parse_percentage("0.7") == 0.7);
    CHECK(*parse_percentage("99.5%") == 0.995);
    CHECK(*parse_percentage("250%") == 2.5);
    CHECK(*parse_percentage("0%") == 0.0);
    CHECK(*parse_percentage("1") == 1.0);
}

TEST_CASE("a bare number above one is no percentage", "[units]") {
    const auto got = parse_percentage("70");
    REQUIRE_FALSE(got);
    CHECK_THAT(got.error().message, Contains("write 70%"));
}

TEST_CASE("a blank before the percent sign is refused with a hint", "[units]") {
    CHECK_THAT(parse_percentage("70 %").error().message, Contains("write 70%"));
    CHECK_THAT(parse_percentage("x %").error().message, !Contains("write"));
}

TEST_CASE("what is no percentage is refused", "[units]") {
    const auto text = GENERATE(as<std::string>{}, "", "%", "-5%", "-0.1", "nan", "nan%", "inf%", "1e400%", "70%%", "70 %", "seventy");
    CAPTURE(text);
    CHECK_FALSE(parse_percentage(text));
}

TEST_CASE("a number is all of the text, and finite", "[units]") {
    CHECK(*parse_number("-1.25e2") == -125.0);
    CHECK(*parse_number("1e-400") == 0.0);
    const auto text = GENERATE(as<std::string>{}, "", "1x", "1e999", "-1e999", "nan", "inf", "1 2", "0x1p3", "500m");
    CAPTURE(text);
    CHECK_FALSE(parse_number(text));
}

TEST_CASE("a duration is shown in the units it is read in", "[units]") {
    const auto [d, text] = GENERATE(table<Duration, std::string>({
        {90s, "1m30s"}, {0s, "0s"}, {250ms, "250ms"}, {24h, "1d"}, {25h + 1ms, "1d1h1ms"}, {300s, "5m"}, {-1500ms, "-1s500ms"},
    }));
    CHECK(format_duration(d) == text);
    if (d >= 0s) CHECK(*parse_duration(format_duration(d)) == d);
}

TEST_CASE("numbers and percentages are shown short and exact", "[units]") {
    CHECK(format_number(0.1) == "0.1");
    CHECK(format_number(1.0 / 3.0) == "0.3333333333333333");
    CHECK(format_number(-5) == "-5");
    CHECK(format_percentage(0.7) == "70%");
    CHECK(format_percentage(0.995) == "99.5%");
    CHECK(format_percentage(1.0 / 3.0) == "33.333%");
    CHECK(format_percentage(10) == "1000%");
    CHECK(format_percentage(0) == "0%");
    const double value = GENERATE(0.1, 1e18, 5e-324, 123456.789, std::numeric_limits<double>::max());
    CHECK(*parse_number(format_number(value)) == value);
}

// 2026-01-31T08:00:00Z is day 20484 since 1970-01-01: 20484 * 86400 + 8 * 3600 = 1769846400.
TEST_CASE("a time with an offset is the same instant in UTC", "[units]") {
    const auto [text, unix_ms] = GENERATE(table<std::string, std::int64_t>({
        {"2026-01-31T08:00:00Z", 1769846400000}, {"2026-01-31 08:00:00Z", 1769846400000},
        {"2026-01-31t08:00:00z", 1769846400000}, {"2026-01-31T09:00:00+01:00", 1769846400000},
        {"2026-01-31T02:30:00-05:30", 1769846400000}, {"2026-01-31T09:00:00+0100", 1769846400000},
        {"2026-01-31T08:00:00.250Z", 1769846400250}, {"2026-01-31T08:00:00.123456789Z", 1769846400123},
        {"1970-01-01T00:00:00Z", 0}, {"1969-12-31T23:59:59.999Z", -1}, {"2024-02-29T00:00:00Z", 1709164800000},
    }));
    CAPTURE(text);
    REQUIRE(parse_time(text));
    CHECK(parse_time(text)->time_since_epoch().count() == unix_ms);
    CHECK(*parse_time(format_time(*parse_time(text))) == *parse_time(text));
}

TEST_CASE("what is no RFC 3339 time is refused", "[units]") {
    const auto text = GENERATE(as<std::string>{}, "", "2026-01-31", "2026-01-31T08:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
                               "2026-01-31T24:00:00Z", "2026-01-31T08:60:00Z", "2026-01-31T08:00:00.Z", "2026-01-31T08:00:00+1:00",
                               "2026-01-31T08:00:00Z ", "26-01-31T08:00:00Z", "1700000000", "2026-01-31T08:00:00+24:00");
    CAPTURE(text);
    CHECK_FALSE(parse_time(text));
}

TEST_CASE("a time is shown in UTC, with milliseconds only where there are any", "[units]") {
    CHECK(format_time(WallTime{1769846400000ms}) == "2026-01-31T08:00:00Z");
    CHECK(format_time(WallTime{1769846400005ms}) == "2026-01-31T08:00:00.005Z");
}

}  // namespace
}  // namespace setpoint
