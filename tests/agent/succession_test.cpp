// SPDX-License-Identifier: Apache-2.0
#include "agent/live/succession.hpp"

#include <catch2/catch.hpp>

#include "policies/reducer.hpp"
#include "policies/track.hpp"

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

TEST_CASE("of a policy that comes in force later what the last run's checkpoint knows is found by its name") {
    ScalingSpec web;
    web.name = "web";
    web.name_space = "shop";
    web.replicas = {1, 10};
    web.policies.push_back({"", TrackSettings{}});
    web.signals.push_back({"load", Dimension::rate, false, {}, {}, 1s, 0});
    std::get<TrackSettings>(web.policies[0].settings).signal = "load";
    std::get<TrackSettings>(web.policies[0].settings).average_value = 10.0;
    Reducer before;
    before.reduce({kNow - 50s, *configuration({web})});
    before.reduce({kNow - 50s, OverrideSet{TargetId{0}, OverrideSet::Kind::pin, 7, kNow + 60s, "sale"}});
    const auto left = left_in(take_checkpoint(kNow - 40s, before), web);
    REQUIRE(left);
    CHECK(left->written == kNow - 40s);
    CHECK(left->at == kNow - 40s);

    Reducer after;
    after.reduce({kNow, *configuration({web})});
    after.reduce({kNow, Handover{TargetId{0}, left->state, left->at - left->written}});
    REQUIRE(after.override_of(TargetId{0}));
    CHECK(after.override_of(TargetId{0})->replicas == 7);
    CHECK(after.override_of(TargetId{0})->until == kNow + 60s);

    auto other = web;
    other.name = "other";
    CHECK_FALSE(left_in(take_checkpoint(kNow - 40s, before), other));
    auto damaged = take_checkpoint(kNow - 40s, before);
    damaged.policies[0].state = "nonsense";
    CHECK_FALSE(left_in(damaged, web));
}
