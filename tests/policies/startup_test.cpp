// SPDX-License-Identifier: Apache-2.0
#include "policies/startup.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

const Time kStart = at_unix(1'700'000'000);

Pod started(std::uint64_t id, Time at, Duration took) {
    Pod pod;
    pod.id = PodId{id};
    pod.ready = true;
    pod.started_at = at;
    pod.ready_changed = at + took;
    return pod;
}

}  // namespace

TEST_CASE("a start takes a minute until five were seen", "[startup]") {
    StartupTime startup;
    for (std::uint64_t i = 1; i <= 4; ++i) startup.observe(kStart, started(i, kStart, 10s));
    CHECK(startup.p90() == 60s);
    startup.observe(kStart, started(5, kStart, 20s));
    CHECK(startup.p90() == 20s);
    CHECK(startup.p99() == 20s);
}

TEST_CASE("a pod counts once, and only when it is ready after its start", "[startup]") {
    StartupTime startup;
    auto pod = started(1, kStart, 10s);
    pod.ready = false;
    startup.observe(kStart, pod);
    pod.ready = true;
    pod.ready_changed = kStart - 1s;  // of the life before
    startup.observe(kStart, pod);
    CHECK(startup.starts_seen() == 0);
    pod.ready_changed = kStart + 10s;
    startup.observe(kStart, pod);
    pod.ready_changed = kStart + 500s;  // not ready for a while, and again
    startup.observe(kStart, pod);
    CHECK(startup.starts_seen() == 1);
}

TEST_CASE("what was learnt moves by at most a quarter a day", "[startup]") {
    StartupTime startup;
    for (std::uint64_t i = 1; i <= 5; ++i) startup.observe(kStart, started(i, kStart, 40s));
    CHECK(startup.p90() == 40s);
    CHECK_FALSE(startup.held_back());
    // Half a day later starts take 400 s: 12.5 % of 40 s more at first.
    startup.observe(kStart + 12h, started(6, kStart + 12h, 400s));
    CHECK(startup.p90() == 45s);
    for (std::uint64_t i = 7; i <= 60; ++i) startup.observe(kStart + 12h, started(i, kStart + 12h, 400s));
    CHECK(startup.p90() == 45s);
    startup.observe(kStart + 36h, started(61, kStart + 36h, 400s));
    CHECK(startup.p90() == 56250ms);
    CHECK(startup.held_back());
}

TEST_CASE("a start of no length is still a start", "[startup]") {
    StartupTime startup;
    for (std::uint64_t i = 1; i <= 6; ++i) startup.observe(kStart + 1h * i, started(i, kStart, 0s));
    CHECK(startup.p90() == 1ms);
}

TEST_CASE("starts in a rollout teach nothing, also when they are seen again after it", "[startup]") {
    StartupTime startup;
    for (std::uint64_t i = 1; i <= 9; ++i) startup.observe(kStart, started(i, kStart, 10s), true);
    for (std::uint64_t i = 1; i <= 9; ++i) startup.observe(kStart + 1h, started(i, kStart, 10s));
    CHECK(startup.starts_seen() == 0);
}
