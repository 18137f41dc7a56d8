// SPDX-License-Identifier: Apache-2.0
#include "agent/import/cron_trigger.hpp"

#include <fmt/core.h>

#include <array>
#include <bitset>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <vector>

#include "core/units.hpp"
#include "policies/cron.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::minutes;

constexpr int kDays = 7;
constexpr minutes kDay{24 * 60};
constexpr std::array<const char*, kDays> kNames{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/// A cron that fires once on each of its days.
struct Daily {
    minutes time{};
    std::string dates;  // day of month and month, as written
    std::string weekdays;
    std::bitset<kDays> on;  // 0 is Sunday
};

std::optional<int> number(const std::string& text, int most) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > most) return std::nullopt;
    return value;
}

std::optional<Daily> daily(const std::string& text) {
    std::istringstream words{text};
    std::vector<std::string> fields;
    for (std::string word; words >> word;) fields.push_back(word);
    const auto cron = Cron::parse(text);
    if (!cron || fields.size() != 5) return std::nullopt;
    const auto minute = number(fields[0], 59);
    const auto hour = number(fields[1], 23);
    if (!minute || !hour) return std::nullopt;
    Daily out{minutes{*hour * 60 + *minute}, fields[2] + " " + fields[3], fields[4], {}};
    // A week without a restriction by date says which days of the week are meant.
    const auto any_date = Cron::parse("0 0 * * " + fields[4]);
    constexpr std::chrono::local_days sunday{std::chrono::year{2023} / 1 / 1};
    for (int day = 0; any_date && day < kDays; ++day) out.on[static_cast<std::size_t>(day)] = any_date->on(sunday + std::chrono::days{day});
    return out;
}

std::bitset<kDays> a_day_later(std::bitset<kDays> days) { return days << 1 | days >> (kDays - 1); }

std::string clock(minutes time) { return fmt::format("{:02}:{:02}", time / std::chrono::hours{1}, time % std::chrono::hours{1} / minutes{1}); }

int first_day(std::bitset<kDays> days) {
    int day = 0;
    while (!days[static_cast<std::size_t>(day)]) ++day;
    return day;
}

Json on_days(const Daily& start, const Daily& end) {
    Json window = Json::object();
    for (int i = 1; i <= kDays && !start.on.all(); ++i) {  // from Monday on
        const auto day = static_cast<std::size_t>(i % kDays);
        if (start.on[day]) window["days"].push_back(kNames[day]);
    }
    window["from"] = clock(start.time);
    window["to"] = clock(end.time);
    return window;
}

Json for_a_while(const std::string& start, minutes length) { return {{"cron", start}, {"duration", format_duration(length)}}; }

}  // namespace

Result<Json> window_between(const std::string& start, const std::string& end) {
    const auto opens = daily(start);
    const auto closes = daily(end);
    if (!opens || !closes) return fail(Errc::bad_config, "start and end must each name one time of day (minute and hour as numbers)");
    const bool within_a_day = opens->time < closes->time && opens->on == closes->on;
    const bool over_midnight = closes->time < opens->time && a_day_later(opens->on) == closes->on;
    const bool any_date = opens->dates == "* *" && closes->dates == "* *";
    if (any_date && (within_a_day || over_midnight)) return on_days(*opens, *closes);
    if (any_date && opens->on.count() == 1 && closes->on.count() == 1) {
        auto length = kDay * (first_day(closes->on) - first_day(opens->on)) + closes->time - opens->time;
        if (length <= minutes{0}) length += kDays * kDay;
        return for_a_while(start, length);
    }
    if (opens->dates == closes->dates && opens->weekdays == closes->weekdays && within_a_day) return for_a_while(start, closes->time - opens->time);
    return fail(Errc::bad_config, "the time from start to end is not the same each time");
}

}  // namespace setpoint
