// SPDX-License-Identifier: Apache-2.0
#include "clients/clock.hpp"

#include <catch2/catch.hpp>

namespace setpoint {
namespace {

using namespace std::chrono_literals;

WallTime wall(Duration since) { return WallTime{since}; }
SteadyTime steady(Duration since) { return SteadyTime{since}; }

}  // namespace

TEST_CASE("agent time begins at the wall clock and runs on with the steady one", "[clock]") {
    const AgentTime time{wall(1000s), steady(7s), std::nullopt};
    CHECK(time.at(steady(7s)) == Time{1000s});
    CHECK(time.at(steady(12s)) == Time{1005s});
}

TEST_CASE("agent time resumes at the later of what was saved and the wall clock", "[clock]") {
    CHECK(AgentTime{wall(1000s), steady(0s), Time{900s}}.at(steady(0s)) == Time{1000s});
    CHECK(AgentTime{wall(1000s), steady(0s), Time{1500s}}.at(steady(2s)) == Time{1502s});
}

TEST_CASE("a remote stamp is as long ago in agent time as by its own clock", "[clock]") {
    // Resumed 500 s ahead of the wall clock; since then the wall clock stepped by an hour.
    const AgentTime time{wall(1000s), steady(0s), Time{1500s}};
    CHECK(time.translate(wall(4610s), wall(4620s), steady(20s)) == Time{1510s});
}

TEST_CASE("this machine's agent time does not run backwards", "[clock]") {
    const Clock clock;
    const Time before = clock.now();
    CHECK(clock.now() >= before);
    CHECK(Clock{before + 1h}.now() >= before + 1h);
}

}  // namespace setpoint
