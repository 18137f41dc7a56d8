// SPDX-License-Identifier: Apache-2.0
#include "clients/circuit_breaker.hpp"

#include <catch2/catch.hpp>

namespace setpoint {
namespace {

using namespace std::chrono_literals;
using State = CircuitBreaker::State;

CircuitBreaker::SteadyTime at(Duration since) { return CircuitBreaker::SteadyTime{since}; }

CircuitBreaker breaker_after(int failures) {
    CircuitBreaker breaker{{.failures = 3, .first_pause = 1s, .longest_pause = 4s, .seed = 7}};
    for (int i = 0; i < failures; ++i) breaker.failed(at(0s));
    return breaker;
}

}  // namespace

TEST_CASE("a circuit opens after as many failures in a row as set", "[circuit_breaker]") {
    CHECK(breaker_after(2).state() == State::closed);
    auto breaker = breaker_after(3);
    CHECK(breaker.state() == State::open);
    CHECK_FALSE(breaker.allow(at(0s)));
}

TEST_CASE("a success in between starts the count again", "[circuit_breaker]") {
    auto breaker = breaker_after(2);
    breaker.succeeded();
    breaker.failed(at(0s));
    breaker.failed(at(0s));
    CHECK(breaker.state() == State::closed);
}

TEST_CASE("after the pause one probe goes out, and decides", "[circuit_breaker]") {
    auto breaker = breaker_after(3);
    CHECK(breaker.next_probe() >= at(750ms));   // 1 s, give or take a quarter
    CHECK(breaker.next_probe() <= at(1250ms));
    CHECK(breaker.allow(breaker.next_probe()));
    CHECK_FALSE(breaker.allow(at(1h)));         // only one
    SECTION("an answer closes it") {
        breaker.succeeded();
        CHECK(breaker.allow(at(2s)));
        CHECK(breaker.allow(at(2s)));
    }
    SECTION("none doubles the pause, up to the longest") {
        breaker.failed(at(10s));
        CHECK(breaker.next_probe() >= at(11'500ms));
        CHECK(breaker.next_probe() <= at(12'500ms));
        for (int i = 0; i < 5; ++i) {
            const auto probe = breaker.next_probe();
            CHECK(breaker.allow(probe));
            breaker.failed(probe);
            CHECK(breaker.next_probe() - probe <= 5s);
        }
    }
    SECTION("one that ended for another reason leaves the way to the next") {
        breaker.abandoned();
        CHECK(breaker.allow(at(2s)));
    }
}

TEST_CASE("the same seed gives the same pauses", "[circuit_breaker]") {
    CHECK(breaker_after(3).next_probe() == breaker_after(3).next_probe());
}

}  // namespace setpoint
