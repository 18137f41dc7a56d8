// SPDX-License-Identifier: Apache-2.0
#include "policies/schedule.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "core/units.hpp"
#include "policies/cron.hpp"
#include "policies/spec.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

ScheduleWindow daily(std::string from, std::string to, Replicas size) {
    return {.from = std::move(from), .to = std::move(to), .replicas = size};
}

ScheduleWindow cron(std::string text, Duration duration, Replicas size) {
    return {.cron = std::move(text), .duration = duration, .replicas = size};
}

ScalingSpec spec_with(const ScheduleSettings& settings) {
    ScalingSpec spec;
    spec.name = "cart";
    spec.replicas = {2, 50};
    spec.policies.push_back({"", settings});
    return spec;
}

class Asked {
public:
    explicit Asked(const ScheduleSettings& settings) {
        auto made = make(settings, spec_with(settings));
        if (!made) FAIL(made.error().message);
        policy_ = std::move(*made);
    }
    Proposal at(const char* time) {
        Observation seen;
        seen.bounds = {2, 50};
        seen.wall = parse_time(time).value();
        return policy_->propose(seen);
    }
    bool open(const char* time) { return at(time).reason.code != Code::schedule_outside; }

private:
    std::unique_ptr<Policy> policy_;
};

std::vector<std::string> complaints(const ScheduleSettings& settings) {
    Diagnostics out;
    validate(settings, spec_with(settings), out);
    std::vector<std::string> paths;
    for (const auto& complaint : out.complaints()) paths.push_back(complaint.path);
    return paths;
}

std::chrono::local_days day(int year, unsigned month, unsigned of_month) {
    return std::chrono::local_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(of_month)};
}

}  // namespace

TEST_CASE("a cron expression has lists, ranges, steps and names", "[schedule]") {
    const auto minutes = [](const char* text) {
        const auto parsed = Cron::parse(std::string{text} + " * * * *").value();
        std::set<unsigned> found;
        for (unsigned m = 0; m < 60; ++m) {
            if (parsed.at_minute(m)) found.insert(m);
        }
        return found;
    };
    CHECK(minutes("5") == std::set<unsigned>{5});
    CHECK(minutes("1,3,50-52") == std::set<unsigned>{1, 3, 50, 51, 52});
    CHECK(minutes("*/20") == std::set<unsigned>{0, 20, 40});
    CHECK(minutes("10-30/10") == std::set<unsigned>{10, 20, 30});
    CHECK(minutes("40/10") == std::set<unsigned>{40, 50});
    const auto named = Cron::parse("0 0 * Jan,MAR fri-sun").value();
    CHECK(named.on(day(2026, 1, 2)));        // a Friday
    CHECK(named.on(day(2026, 3, 1)));        // a Sunday
    CHECK_FALSE(named.on(day(2026, 1, 1)));  // a Thursday
    CHECK_FALSE(named.on(day(2026, 2, 1)));  // a Sunday in February
    CHECK(Cron::parse("0 0 * * 7").value().on(day(2026, 3, 1)));
}

TEST_CASE("of two restricted days either will do, and a starred one restricts with the other", "[schedule]") {
    const auto either = Cron::parse("0 0 13 * fri").value();
    CHECK(either.on(day(2026, 1, 13)));  // a Tuesday
    CHECK(either.on(day(2026, 1, 2)));   // a Friday
    CHECK_FALSE(either.on(day(2026, 1, 3)));
    const auto both = Cron::parse("0 0 */2 * fri").value();  // odd days that are Fridays
    CHECK(both.on(day(2026, 1, 9)));
    CHECK_FALSE(both.on(day(2026, 1, 2)));
    CHECK_FALSE(both.on(day(2026, 1, 11)));
}

TEST_CASE("a cron expression that is wrong is refused", "[schedule]") {
    const auto* text = GENERATE("", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *",
                                "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *", "1,,2 * * * *", "a * * * *",
                                "-1 * * * *", "1- * * * *", "@daily");
    CAPTURE(text);
    CHECK_FALSE(Cron::parse(text).has_value());
}

TEST_CASE("a cron window is open from its opening for its duration", "[schedule]") {
    Asked work{{"UTC", {cron("0 8 * * 1-5", 10h, 10)}}};
    CHECK_FALSE(work.open("2026-03-02T07:59:59Z"));  // a Monday
    CHECK(work.at("2026-03-02T08:00:00Z").replicas == 10);
    CHECK(work.at("2026-03-02T08:00:00Z").kind == ProposalKind::wish);
    CHECK(work.open("2026-03-02T17:59:59Z"));
    CHECK_FALSE(work.open("2026-03-02T18:00:00Z"));
    CHECK_FALSE(work.open("2026-03-07T12:00:00Z"));        // a Saturday
    CHECK(work.at("2026-03-07T12:00:00Z").replicas == 2);  // no more than the least
    Asked night{{"UTC", {cron("0 22 28 2 *", 10h, 9)}}};
    CHECK(night.open("2026-03-01T07:59:00Z"));  // since the day before
    CHECK_FALSE(night.open("2026-03-01T08:00:00Z"));
    CHECK(night.open("2032-02-28T23:00:00Z"));
}

TEST_CASE("the calendar is that of the zone", "[schedule]") {
    Asked berlin{{"Europe/Berlin", {daily("08:00", "18:00", 10)}}};
    CHECK_FALSE(berlin.open("2026-01-12T06:59:00Z"));  // winter: UTC+1
    CHECK(berlin.open("2026-01-12T07:00:00Z"));
    CHECK_FALSE(berlin.open("2026-01-12T17:00:00Z"));
    CHECK(berlin.open("2026-07-13T06:00:00Z"));  // summer: UTC+2
    CHECK_FALSE(berlin.open("2026-07-13T16:00:00Z"));
}

TEST_CASE("a weekly window may pass midnight, and belongs to the day it opens on", "[schedule]") {
    Asked night{{"UTC", {{.days = {"fri"}, .from = "22:00", .to = "06:00", .replicas = 10}}}};
    CHECK_FALSE(night.open("2026-03-06T21:59:00Z"));  // a Friday
    CHECK(night.open("2026-03-06T22:00:00Z"));
    CHECK(night.open("2026-03-07T05:59:00Z"));
    CHECK_FALSE(night.open("2026-03-07T06:00:00Z"));
    CHECK_FALSE(night.open("2026-03-07T22:30:00Z"));
    Asked whole{{"UTC", {{.days = {"sun"}, .from = "00:00", .to = "24:00", .replicas = 10}}}};
    CHECK(whole.open("2026-03-08T23:59:59Z"));
    CHECK_FALSE(whole.open("2026-03-09T00:00:00Z"));
}

TEST_CASE("a local time that the clock change skips is the moment of the change", "[schedule]") {
    // Berlin, 2026-03-29: 02:00 CET becomes 03:00 CEST at 01:00Z.
    Asked by_cron{{"Europe/Berlin", {cron("30 2 * * *", 1h, 10)}}};
    CHECK_FALSE(by_cron.open("2026-03-29T00:59:59Z"));
    CHECK(by_cron.open("2026-03-29T01:00:00Z"));
    CHECK(by_cron.open("2026-03-29T01:59:59Z"));
    CHECK_FALSE(by_cron.open("2026-03-29T02:00:00Z"));
    Asked weekly{{"Europe/Berlin", {daily("02:30", "04:00", 10)}}};
    CHECK_FALSE(weekly.open("2026-03-29T00:59:59Z"));
    CHECK(weekly.open("2026-03-29T01:00:00Z"));
    CHECK_FALSE(weekly.open("2026-03-29T02:00:00Z"));  // 04:00 CEST
    Asked skipped{{"Europe/Berlin", {daily("02:10", "02:50", 10)}}};
    CHECK_FALSE(skipped.open("2026-03-29T01:00:00Z"));
}

TEST_CASE("of a local time that happens twice a window opens at the first and closes at the second", "[schedule]") {
    // Berlin, 2026-10-25: 03:00 CEST becomes 02:00 CET at 01:00Z; 02:30 is at 00:30Z and at 01:30Z.
    Asked by_cron{{"Europe/Berlin", {cron("30 2 * * *", 15min, 10)}}};
    CHECK_FALSE(by_cron.open("2026-10-25T00:29:59Z"));
    CHECK(by_cron.open("2026-10-25T00:30:00Z"));
    CHECK_FALSE(by_cron.open("2026-10-25T00:45:00Z"));
    CHECK_FALSE(by_cron.open("2026-10-25T01:30:00Z"));  // once only
    Asked weekly{{"Europe/Berlin", {daily("02:30", "02:45", 10)}}};
    CHECK(weekly.open("2026-10-25T00:30:00Z"));
    CHECK(weekly.open("2026-10-25T01:00:00Z"));
    CHECK(weekly.open("2026-10-25T01:44:59Z"));
    CHECK_FALSE(weekly.open("2026-10-25T01:45:00Z"));
    Asked hours{{"Europe/Berlin", {cron("0 20 24 10 *", 10h, 10)}}};  // elapsed hours: until 05:00 CET
    CHECK(hours.open("2026-10-25T03:59:59Z"));
    CHECK_FALSE(hours.open("2026-10-25T04:00:00Z"));
}

TEST_CASE("a window may set bounds, and outside of those the schedule says nothing", "[schedule]") {
    ScheduleSettings settings{"UTC",
                              {{.days = {"mon", "tue"}, .from = "08:00", .to = "18:00", .min = 5, .max = 20},
                               {.from = "20:00", .to = "21:00", .min = 7}}};
    Asked bounds{settings};
    const auto open = bounds.at("2026-03-02T12:00:00Z");
    CHECK(open.kind == ProposalKind::bounds);
    CHECK(open.bounds == Bounds{5, 20});
    CHECK(bounds.at("2026-03-02T20:30:00Z").bounds == Bounds{7, 50});
    CHECK(bounds.at("2026-03-04T12:00:00Z").kind == ProposalKind::none);
}

TEST_CASE("of several open windows the first in the list counts", "[schedule]") {
    Asked both{{"UTC", {cron("0 12 * * *", 1h, 30), daily("08:00", "18:00", 10)}}};
    CHECK(both.at("2026-03-02T11:59:59Z").replicas == 10);
    CHECK(both.at("2026-03-02T12:00:00Z").replicas == 30);
    CHECK(both.at("2026-03-02T13:00:00Z").replicas == 10);
    CHECK(both.at("2026-03-02T12:30:00Z").replicas == 30);  // the wall clock may step back
}

TEST_CASE("a schedule that is wrong is refused where it is", "[schedule]") {
    using V = std::vector<std::string>;
    CHECK(complaints({"Europe/Berlin", {daily("08:00", "18:00", 10)}}).empty());
    CHECK(complaints({"Europe/Berlim", {daily("08:00", "18:00", 10)}}) == V{"timezone"});
    CHECK(complaints({"../../etc/passwd", {daily("08:00", "18:00", 10)}}) == V{"timezone"});
    CHECK(complaints({"UTC", {}}) == V{"windows"});
    CHECK(complaints({"UTC", {daily("8:00", "18:00", 10)}}) == V{"windows[0].from"});
    CHECK(complaints({"UTC", {daily("08:00", "24:01", 10)}}) == V{"windows[0].to"});
    CHECK(complaints({"UTC", {daily("08:00", "08:00", 10)}}) == V{"windows[0].to"});
    CHECK(complaints({"UTC", {cron("61 * * * *", 1h, 10)}}) == V{"windows[0].cron"});
    CHECK(complaints({"UTC", {cron("0 0 30 2 *", 1h, 10)}}) == V{"windows[0].cron"});
    CHECK(complaints({"UTC", {cron("0 0 29 2 *", 1h, 10)}}).empty());
    CHECK(complaints({"UTC", {{.cron = "0 0 * * *", .replicas = 10}}}) == V{"windows[0].duration"});
    CHECK(complaints({"UTC", {{.replicas = 10}}}) == V{"windows[0]"});
    CHECK(complaints({"UTC", {{.cron = "0 0 * * *", .duration = 1h, .from = "08:00", .replicas = 10}}}) ==
          V{"windows[0]"});
    CHECK(complaints({"UTC", {{.days = {"moon"}, .from = "08:00", .to = "09:00", .replicas = 10}}}) ==
          V{"windows[0].days[0]"});
    CHECK(complaints({"UTC", {{.from = "08:00", .to = "09:00"}}}) == V{"windows[0]"});
    CHECK(complaints({"UTC", {{.from = "08:00", .to = "09:00", .replicas = 5, .min = 3}}}) == V{"windows[0]"});
    CHECK(complaints({"UTC", {{.from = "08:00", .to = "09:00", .min = 9, .max = 3}}}) == V{"windows[0]"});
    CHECK(complaints({"UTC", {{.from = "08:00", .to = "09:00", .min = -1}}}) == V{"windows[0].min"});
    CHECK(complaints({"UTC", {daily("08:00", "09:00", 99)}}) == V{"windows[0].replicas"});  // a warning
}
