// SPDX-License-Identifier: Apache-2.0
#include "agent/live/succession.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

constexpr Time kNow{1'800'000'000s};

}  // namespace

TEST_CASE("who never decided begins with what the one before left, in its own time", "[succession]") {
    const auto handover = succession(std::nullopt, Left{"state", kNow - 100s, kNow - 20s}, kNow);
    REQUIRE(handover);
    CHECK(handover->state == "state");
    CHECK(handover->shift == 80s);
    CHECK_FALSE(succession(std::nullopt, std::nullopt, kNow));
}

TEST_CASE("what is newer counts: what was left, or what one knows oneself", "[succession]") {
    CHECK(succession(kNow - 30s, Left{"state", kNow, kNow - 20s}, kNow)->state == "state");
    CHECK_FALSE(succession(kNow - 5s, Left{"state", kNow, kNow - 20s}, kNow));
}

TEST_CASE("who did not decide for a while takes the size as another one may have left it", "[succession]") {
    const auto handover = succession(kNow - 30s, Left{"state", kNow, kNow - 60s}, kNow);
    REQUIRE(handover);
    CHECK(handover->state.empty());
}
