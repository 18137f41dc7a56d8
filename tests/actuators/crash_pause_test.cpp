// SPDX-License-Identifier: Apache-2.0
#include "actuators/crash_pause.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;
using namespace std::chrono_literals;

namespace {
constexpr Time kStart = at_unix(1'700'000'000);
}

TEST_CASE("without trouble all may start", "[crash_pause]") {
    CrashPause pause;
    CHECK(pause.allowed(kStart, 7) == 7);
    pause.started(kStart);
    CHECK(pause.allowed(kStart + 1s, 3) == 3);
}

TEST_CASE("after one that ended soon there is a pause, then one is tried, and when it stays the others", "[crash_pause]") {
    CrashPause pause;
    pause.started(kStart);
    pause.ended(kStart + 1s, "exit code 7");
    CHECK(pause.allowed(kStart + 1s, 3) == 0);
    CHECK(pause.allowed(kStart + 10s, 3) == 0);
    CHECK(pause.allowed(kStart + 11s, 3) == 1);
    pause.started(kStart + 12s);
    CHECK(pause.allowed(kStart + 21s, 2) == 0);
    CHECK(pause.allowed(kStart + 22s, 2) == 2);
    CHECK(pause.allowed(kStart + 23s, 5) == 5);
    CHECK(pause.why().find("exit code 7") != std::string::npos);
}

TEST_CASE("the pause doubles with each failure, up to five minutes", "[crash_pause]") {
    CrashPause pause;
    Time now = kStart;
    pause.started(now);
    for (const auto expected : {10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
        pause.ended(now, "exit code 1");
        CHECK(pause.allowed(now + expected - 1ms, 3) == 0);
        now += expected;
        CHECK(pause.allowed(now, 3) == 1);
        pause.started(now);
    }
}

TEST_CASE("those that were started together are one failure", "[crash_pause]") {
    CrashPause pause;
    pause.started(kStart);
    for (int i = 0; i < 5; ++i) pause.ended(kStart + 1s, "exit code 1");
    CHECK(pause.allowed(kStart + 11s, 5) == 1);
}

TEST_CASE("one that ended long after the last start is none of them", "[crash_pause]") {
    CrashPause pause;
    pause.ended(kStart, "exit code 1");  // of another life of the agent
    CHECK(pause.allowed(kStart, 2) == 2);
    pause.started(kStart);
    pause.ended(kStart + 121s, "exit code 1");
    CHECK(pause.allowed(kStart + 121s, 2) == 2);
}
