// SPDX-License-Identifier: Apache-2.0
#include "clients/retry_after.hpp"

#include <catch2/catch.hpp>

namespace setpoint {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{1'700'000'000s};  // Tue, 14 Nov 2023 22:13:20 GMT

RetryAfter::SteadyTime at(Duration since) { return RetryAfter::SteadyTime{since}; }

RetryAfter after(int status, std::string header) {
    RetryAfter pause{7};
    pause.saw("prometheus:9090", {status, {}, std::move(header)}, at(0s), kNow);
    return pause;
}

}  // namespace

TEST_CASE("Retry-After is read as seconds or as a date", "[retry_after]") {
    CHECK(parse_retry_after("120", kNow) == 120s);
    CHECK(parse_retry_after("0", kNow) == 0s);
    CHECK(parse_retry_after("Tue, 14 Nov 2023 22:13:50 GMT", kNow) == 30s);
    CHECK(parse_retry_after("Tue, 14 Nov 2023 22:13:00 GMT", kNow) == 0s);  // past
    for (const auto* text : {"", "soon", "-1", "1.5", "30s", "Tue, 14 Nov", "2023-11-14T22:13:50Z"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_retry_after(text, kNow));
    }
    CHECK_FALSE(parse_retry_after(std::string(10'000, ' '), kNow));
}

TEST_CASE("whatever a server asks for, it is at most five minutes", "[retry_after]") {
    CHECK(parse_retry_after("86400", kNow) == 5min);
    CHECK(parse_retry_after("99999999999999999999999", kNow) == 5min);
    CHECK(parse_retry_after("Wed, 14 Nov 2096 22:13:50 GMT", kNow) == 5min);
}

TEST_CASE("a pause is as long as asked for, and up to a quarter longer", "[retry_after]") {
    const auto pause = after(503, "30");
    CHECK(pause.waits(at(0s)));
    CHECK(pause.waits(at(29'999ms)));
    CHECK_FALSE(pause.waits(at(37'501ms)));
    CHECK(after(429, "30").waits(at(29'999ms)));
    CHECK_THAT(pause.why(at(10s)), Catch::Matchers::StartsWith("prometheus:9090 said 503 and asked for a pause of 30s; it is asked again in 2"));
}

TEST_CASE("other answers, and a pause of nothing, ask for none", "[retry_after]") {
    CHECK_FALSE(after(503, "").waits(at(0s)));
    CHECK_FALSE(after(503, "0").waits(at(0s)));
    CHECK_FALSE(after(503, "later").waits(at(0s)));
    CHECK_FALSE(after(500, "30").waits(at(0s)));
    CHECK_FALSE(after(301, "30").waits(at(0s)));
}

TEST_CASE("a shorter pause said later does not cut a longer one", "[retry_after]") {
    auto pause = after(503, "60");
    pause.saw("prometheus:9090", {503, {}, "1"}, at(1s), kNow);
    CHECK(pause.waits(at(59s)));
}

}  // namespace setpoint
