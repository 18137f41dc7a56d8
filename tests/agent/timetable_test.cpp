// SPDX-License-Identifier: Apache-2.0
#include "agent/live/timetable.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

constexpr TargetId kFirst{0};
constexpr Time kStart = at_unix(1'000'000.0);

using Step = Timetable::Step;

// The time at which the next round begins, by asking and taking it.
Time begin_round(Timetable& timetable) {
    const Time at = timetable.next().value();
    REQUIRE(timetable.take(at) == Timetable::Due{kFirst, Step::gather});
    return at;
}

}  // namespace

TEST_CASE("without targets nothing is ever due") {
    Timetable timetable;
    CHECK_FALSE(timetable.next());
    CHECK_FALSE(timetable.take(kStart));
}

TEST_CASE("rounds lie on a fixed grid, whatever the start") {
    Timetable early;
    Timetable late;
    early.add(kFirst, "web", 5s, kStart);
    late.add(kFirst, "web", 5s, kStart + 3210ms);
    const auto grid = [](Time t) { return t.time_since_epoch() % 5s; };
    const Time first = begin_round(early);
    CHECK(first > kStart);
    CHECK(first <= kStart + 5s);
    CHECK(grid(first) == grid(late.next().value()));
}

TEST_CASE("policies with the same interval begin at different instants") {
    Timetable timetable;
    for (std::uint32_t i = 0; i < 100; ++i) timetable.add(TargetId{i}, "web-" + std::to_string(i), 10s, kStart);
    int in_first_half = 0;
    while (const auto due = timetable.take(kStart + 5s)) in_first_half += due->step == Step::gather ? 1 : 0;
    CHECK(in_first_half > 30);
    CHECK(in_first_half < 70);
}

TEST_CASE("policies that are added by one text begin together, whenever they were added") {
    Timetable timetable;
    timetable.add(kFirst, "the queue", 10s, kStart);
    timetable.add(TargetId{1}, "the queue", 10s, kStart + 1ms);
    const auto at = timetable.next().value();
    CHECK(timetable.take(at)->step == Step::gather);
    CHECK(timetable.take(at)->step == Step::gather);
}

TEST_CASE("a round decides when its signals came in") {
    Timetable timetable;
    timetable.add(kFirst, "web", 5s, kStart);
    const Time begin = begin_round(timetable);
    CHECK_FALSE(timetable.take(begin + 100ms));
    timetable.gathered(kFirst, begin + 120ms);
    CHECK(timetable.take(begin + 120ms) == Timetable::Due{kFirst, Step::decide});

    SECTION("and only once: the end of its patience is then nothing") {
        CHECK_FALSE(timetable.take(begin + 4s));
        CHECK(timetable.next() == begin + 5s);
    }
    SECTION("and not again for signals that come later") {
        timetable.gathered(kFirst, begin + 200ms);
        CHECK_FALSE(timetable.take(begin + 4s));
    }
}

TEST_CASE("a round decides without signals when its patience ends") {
    Timetable timetable;
    timetable.add(kFirst, "web", 2s, kStart);
    const Time begin = begin_round(timetable);
    CHECK(timetable.next() == begin + 1s);
    CHECK(timetable.take(begin + 1s) == Timetable::Due{kFirst, Step::decide});
    CHECK(timetable.next() == begin + 2s);
}

TEST_CASE("long intervals do not wait long for a signal") {
    CHECK(Timetable::patience(5min) == 2s);
    CHECK(Timetable::patience(1s) == 500ms);
}

TEST_CASE("rounds whose time passed are skipped and counted, and the grid stays") {
    Timetable timetable;
    timetable.add(kFirst, "web", 5s, kStart);
    const Time begin = begin_round(timetable);
    timetable.gathered(kFirst, begin);
    REQUIRE(timetable.take(begin) == Timetable::Due{kFirst, Step::decide});

    // The rounds at +5, +10 and +15 are due at +17: one is held, two are left out.
    CHECK(timetable.take(begin + 17s) == Timetable::Due{kFirst, Step::gather});
    CHECK(timetable.skipped(kFirst) == 2);
    timetable.gathered(kFirst, begin + 17s);
    CHECK(timetable.take(begin + 17s) == Timetable::Due{kFirst, Step::decide});
    CHECK_FALSE(timetable.take(begin + 17s));
    CHECK(timetable.next() == begin + 20s);
}

TEST_CASE("a hurried round comes at once, beside the grid and once") {
    Timetable timetable;
    timetable.add(kFirst, "first", 5s, kStart);
    const auto grid = *timetable.next();
    timetable.hurry(kFirst, kStart);
    CHECK(timetable.take(kStart) == Timetable::Due{kFirst, Step::gather, true});
    timetable.gathered(kFirst, kStart);
    CHECK(timetable.take(kStart) == Timetable::Due{kFirst, Step::decide});
    CHECK_FALSE(timetable.take(kStart));
    CHECK(timetable.next() == grid);
    CHECK(timetable.take(grid) == Timetable::Due{kFirst, Step::gather});
    CHECK(timetable.skipped(kFirst) == 0);
}

TEST_CASE("a target that is hurried twice while a round is under way has one more after it") {
    Timetable timetable;
    timetable.add(kFirst, "first", 5s, kStart);
    timetable.hurry(kFirst, kStart);
    (void)timetable.take(kStart);
    timetable.hurry(kFirst, kStart);
    timetable.hurry(kFirst, kStart);
    timetable.gathered(kFirst, kStart);
    CHECK(timetable.take(kStart) == Timetable::Due{kFirst, Step::decide});
    CHECK(timetable.take(kStart) == Timetable::Due{kFirst, Step::gather, true});
    timetable.gathered(kFirst, kStart);
    CHECK(timetable.take(kStart) == Timetable::Due{kFirst, Step::decide});
    CHECK_FALSE(timetable.take(kStart));
}

TEST_CASE("a target that waits for its signals delays no other") {
    Timetable timetable;
    timetable.add(kFirst, "slow", 4s, kStart);
    timetable.add(TargetId{1}, "quick", 4s, kStart);
    std::vector<Timetable::Due> seen;
    for (Time now = kStart; now < kStart + 40s; now += 10ms) {
        while (const auto due = timetable.take(now)) {
            if (due->target != TargetId{1}) continue;
            seen.push_back(*due);
            if (due->step == Step::gather) timetable.gathered(due->target, now);
        }
    }
    CHECK(seen.size() == 20);
}
