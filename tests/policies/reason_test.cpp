// SPDX-License-Identifier: Apache-2.0
#include "policies/reason.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

using namespace setpoint;

namespace {

std::string said(Code code, std::array<double, 6> numbers) {
    const std::vector<std::string> signals{"load"};
    return sentence({code, SignalId{0}, numbers}, signals);
}

}  // namespace

TEST_CASE("sentences have no exponents where people count", "[reason]") {
    CHECK(said(Code::no_band, {812.5}) == "load at 812.5 is in no band");
    CHECK(said(Code::no_band, {12345.6}) == "load at 12346 is in no band");
    CHECK(said(Code::no_band, {536'870'912}) == "load at 536.9M is in no band");
    CHECK(said(Code::no_band, {0.00025}) == "load at 0.00025 is in no band");
    CHECK(said(Code::no_band, {std::numeric_limits<double>::infinity()}) == "load at inf is in no band");
}

TEST_CASE("sentences say long times in hours and minutes", "[reason]") {
    CHECK(said(Code::stale, {70, 45}) == "load is 70 s old, and at most 45 s are allowed");
    CHECK(said(Code::stale, {10'000, 45}) == "load is 2h47m old, and at most 45 s are allowed");
    CHECK(said(Code::degraded, {2400, 1800}) == "held for 40m, longer than 30m");
}

TEST_CASE("one replica is no replicas", "[reason]") {
    CHECK(said(Code::ratio, {0.9, 0.7, 0.9 / 0.7, 1, 0.9 / 0.7}) ==
          "load at 0.9 against a goal of 0.7 (x1.29) on 1 ready replica asks for 1.286");
    CHECK(said(Code::ratio, {0.9, 0.7, 0.9 / 0.7, 2.5, 2.5 * 0.9 / 0.7}) ==
          "load at 0.9 against a goal of 0.7 (x1.29) on 2.5 ready replicas asks for 3.214");
}

TEST_CASE("a pin above the maximum says so", "[reason]") {
    CHECK(said(Code::pinned, {5, 3600}) == "pinned to 5 for another 1h");
    CHECK(said(Code::pinned, {50, 3600, 10}) == "pinned to 50, above the maximum of 10, for another 1h");
}
