// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/codec.hpp"
#include "tests/support/fleet.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

GuardSettings starts(Replicas a_minute) {
    GuardSettings guards;
    guards.starts_per_minute = a_minute;
    return guards;
}

GuardSettings shrink(std::string limit) {
    GuardSettings guards;
    guards.shrink_per_ten_minutes = std::move(limit);
    return guards;
}

GuardSettings budget(std::vector<std::string> policies, Replicas replicas) {
    GuardSettings guards;
    guards.budgets.push_back({std::move(policies), replicas});
    return guards;
}

std::vector<ScalingSpec> three() { return {Fleet::spec("a"), Fleet::spec("b"), Fleet::spec("c")}; }

std::string state_of(Reducer& control) {
    std::string bytes;
    Encoder encoder{bytes};
    control.bind_state(encoder);
    return bytes;
}

std::string why(const Decision& decision) { return sentence(decision.reason, {}); }

}  // namespace

TEST_CASE("starts a minute are limited over all targets, and say so", "[guards]") {
    Fleet fleet{three(), starts(8)};
    fleet.has(0, 2).has(1, 2).has(2, 2);
    CHECK(fleet.follow(0, 7) == 7);  // 5 of 8
    const auto decision = (fleet.load(1, 10), fleet.tick(1));
    CHECK(decision.replicas == 5);
    CHECK(decision.reason.code == Code::starts_limited);
    CHECK(why(decision) == "the agent may start 8 replicas a minute: 3 of 8 now");
    REQUIRE(decision.limits.size() == 1);
    CHECK(decision.limits[0].from == 10);
    CHECK(decision.limits[0].to == 5);
    fleet.answer(1, 5, 5);
    CHECK(fleet.follow(2, 4) == 2);  // nothing is left
    fleet.wait(59s);
    CHECK(fleet.follow(2, 4) == 2);
    fleet.wait(1s);  // the minute of the first ones is over
    CHECK(fleet.follow(2, 4) == 4);
    CHECK(fleet.follow(1, 10) == 10);
}

TEST_CASE("starts that do not suffice are shared, whoever ticks first", "[guards]") {
    Fleet fleet{three(), starts(6)};
    fleet.has(0, 1).has(1, 1).has(2, 1);
    for (const std::size_t i : {0U, 1U, 2U}) (void)fleet.load(i, 1).tick(i);
    // The first takes what nobody else asked for; from then on each knows of the others.
    CHECK(fleet.follow(0, 20) == 7);
    (void)fleet.load(1, 20).tick(1);
    (void)fleet.load(2, 20).tick(2);
    for (int minute = 0; minute < 3; ++minute) {
        for (int second = 0; second < 60; ++second) {
            fleet.wait(1s);
            // The one that had its turn ticks before the others, every second.
            for (const std::size_t i : {0U, 1U, 2U}) (void)fleet.follow(i, 20);
        }
    }
    // 18 more in three minutes: 6 each.
    CHECK(fleet.tick(0).current == 13);
    CHECK(fleet.tick(1).current == 7);
    CHECK(fleet.tick(2).current == 7);
}

TEST_CASE("orders on their way keep their room, and failed ones give it back", "[guards]") {
    Fleet fleet{three(), starts(5)};
    fleet.has(0, 2).has(1, 2).has(2, 2);
    CHECK(fleet.load(0, 6).tick(0).replicas == 6);  // no answer yet
    CHECK(fleet.load(1, 6).tick(1).replicas == 3);
    fleet.answer(1, 3, 3);
    SECTION("refused") {
        fleet.answer(0, 6, 2, ApplyOutcome::refused);
        fleet.load(0, 2);
        (void)fleet.tick(0);
        CHECK(fleet.follow(1, 7) == 7);
    }
    SECTION("partly") {
        fleet.answer(0, 6, 4, ApplyOutcome::partly);
        fleet.load(0, 4);
        (void)fleet.tick(0);
        CHECK(fleet.follow(1, 7) == 5);
    }
    SECTION("never answered: lost after three minutes") {
        fleet.wait(2min).load(0, 2);
        CHECK(fleet.follow(1, 7) == 4);  // 4 of 5 may still come, and this one is not of this minute
        fleet.wait(61s);
        CHECK(fleet.follow(1, 9) == 9);
    }
}

TEST_CASE("shrinking is limited over all targets, by number and by share", "[guards]") {
    SECTION("by number") {
        Fleet fleet{three(), shrink("6")};
        fleet.has(0, 10).has(1, 10).has(2, 10);
        CHECK(fleet.follow(0, 6) == 6);
        const auto decision = (fleet.load(1, 4), fleet.tick(1));
        CHECK(decision.replicas == 8);
        CHECK(decision.reason.code == Code::shrink_limited);
        CHECK(why(decision) == "the agent may take away 6 replicas in ten minutes: 2 of 6 now");
        fleet.answer(1, 8, 8);
        fleet.wait(9min);
        CHECK(fleet.follow(2, 1) == 10);
        CHECK(fleet.follow(2, 30) == 30);  // upwards nothing is limited
        fleet.wait(61s);
        CHECK(fleet.follow(1, 4) == 4);
    }
    SECTION("by share: of what there is, and what was lost of it") {
        Fleet fleet{three(), shrink("20%")};
        fleet.has(0, 10).has(1, 10).has(2, 10);
        CHECK(fleet.follow(0, 7) == 7);   // 6 of 30
        CHECK(fleet.follow(1, 1) == 7);   // 3 are left of 6
        CHECK(fleet.follow(2, 1) == 10);
    }
    SECTION("a share of few is still one") {
        Fleet fleet{{Fleet::spec("a")}, shrink("10%")};
        fleet.has(0, 3);
        CHECK(fleet.follow(0, 1) == 2);
        CHECK(fleet.follow(0, 1) == 2);
    }
}

TEST_CASE("a budget is shared fairly, and who has more gives back", "[guards]") {
    Fleet fleet{three(), budget({"a", "b"}, 10)};
    fleet.has(0, 2).has(1, 2).has(2, 2);
    CHECK(fleet.follow(2, 50) == 50);  // not of the group
    CHECK(fleet.follow(0, 20) == 8);   // all that nobody else has
    const auto waits = (fleet.load(1, 6), fleet.tick(1));
    CHECK(waits.replicas == 2);        // 5 are its share, but the other one still has 8
    CHECK(waits.reason.code == Code::budget_taken);
    CHECK(why(waits) == "others still have 8 of a budget of 10 replicas: no room for 5 yet");
    const auto gives = (fleet.load(0, 20), fleet.tick(0));
    CHECK(gives.replicas == 5);
    CHECK(gives.reason.code == Code::budget_share);
    CHECK(why(gives) == "a budget of 10 replicas is short: its share is 5, and 20 are wanted");
    fleet.answer(0, 5, 5);
    CHECK(fleet.follow(1, 6) == 5);
    // When one wants less, the other has it.
    CHECK(fleet.follow(1, 3) == 3);
    CHECK(fleet.follow(0, 20) == 7);
}

TEST_CASE("a budget never takes a policy below its min, and counts what is corrected to it", "[guards]") {
    Fleet fleet{{Fleet::spec("shop-cart", {4, 50}), Fleet::spec("shop-orders", {2, 50})}, budget({"shop-*"}, 9)};
    fleet.has(0, 1).has(1, 5);
    CHECK(fleet.follow(0) == 4);       // without any signal: 4 is its least
    CHECK(fleet.follow(1, 30) == 5);   // 5 are its share, and all that is left
    CHECK(fleet.follow(0, 30) == 4);   // 4 is what the other leaves
}

TEST_CASE("who sees nothing gives nothing back", "[guards]") {
    Fleet fleet{three(), budget({"*"}, 12)};
    fleet.has(0, 8).has(1, 2).has(2, 2);
    CHECK(fleet.tick(0).health == Health::holding);
    CHECK(fleet.tick(0).replicas == 8);
    CHECK(fleet.follow(1, 10) == 2);
    CHECK(fleet.tick(0).replicas == 8);
}

TEST_CASE("a person's pin is above guards, and what it has counts", "[guards]") {
    Fleet fleet{three(), budget({"*"}, 12)};
    fleet.has(0, 4).has(1, 4).has(2, 4);
    for (const std::size_t i : {0U, 1U, 2U}) (void)fleet.follow(i, 4);
    fleet.control.reduce({fleet.now, OverrideSet{Fleet::target(0), OverrideSet::Kind::pin, 20, fleet.now + 10min, "sale"}});
    CHECK(fleet.follow(0, 4) == 20);
    CHECK(fleet.follow(1, 4) == 1);  // its least
    CHECK(fleet.follow(2, 9) == 1);
    fleet.wait(11min);
    CHECK(fleet.follow(0, 4) == 4);
    CHECK(fleet.follow(1, 4) == 4);
}

TEST_CASE("in shadow nothing is ordered, so nothing is taken from others", "[guards]") {
    auto specs = three();
    specs[0].mode = Mode::shadow;
    auto guards = starts(6);
    guards.budgets.push_back({{"*"}, 12});
    Fleet fleet{specs, guards};
    fleet.has(0, 2).has(1, 2).has(2, 2);
    CHECK(fleet.load(0, 5).tick(0).replicas == 5);
    CHECK_FALSE(fleet.tick(0).apply);
    CHECK(fleet.follow(1, 8) == 8);
}

TEST_CASE("who no longer ticks asks for nothing", "[guards]") {
    Fleet fleet{three(), starts(4)};
    fleet.has(0, 1).has(1, 1).has(2, 1);
    CHECK(fleet.follow(0, 5) == 5);
    (void)fleet.load(1, 20).tick(1);
    fleet.wait(60s);
    CHECK(fleet.follow(0, 9) == 9);  // the other one asked a minute ago, at an interval of a second
}

TEST_CASE("a new configuration keeps what was started of late", "[guards]") {
    Fleet fleet{three(), starts(8)};
    fleet.has(0, 2).has(1, 2).has(2, 2);
    CHECK(fleet.follow(0, 8) == 8);
    fleet.configure({Fleet::spec("c"), Fleet::spec("a")}, starts(7));
    CHECK(fleet.follow(0, 5) == 3);  // c, and 6 of 7 are used
    fleet.wait(60s);
    CHECK(fleet.follow(0, 5) == 5);
}

TEST_CASE("a run that is saved and restored goes on with its windows and orders", "[guards]") {
    auto guards = starts(8);
    guards.budgets.push_back({{"a", "b"}, 14});
    Fleet fleet{three(), guards};
    fleet.has(0, 2).has(1, 2).has(2, 2);
    CHECK(fleet.follow(0, 6) == 6);
    CHECK(fleet.load(1, 4).tick(1).replicas == 4);  // on its way
    const auto saved = state_of(fleet.control);

    Fleet restored{three(), guards};
    restored.now = fleet.now;
    Decoder decoder{saved};
    restored.control.bind_state(decoder);
    REQUIRE(decoder.ok());
    CHECK(state_of(restored.control) == saved);
    CHECK(restored.follow(2, 9) == 4);
    CHECK(fleet.follow(2, 9) == 4);
    CHECK(state_of(restored.control) == state_of(fleet.control));
}

TEST_CASE("wrong guards are refused, all at once", "[guards]") {
    GuardSettings guards = starts(0);
    guards.shrink_per_ten_minutes = "half";
    guards.budgets.push_back({{}, 0});
    guards.budgets.push_back({{"a", "c"}, 1});
    const auto refused = configuration(three(), guards);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message ==
          "guards.startsPerMinute: must be 1 to 100000, was 0\n"
          "guards.shrinkPerTenMinutes: must be a number of replicas from 1 on (12) or a share of all (1% to 100%), was 'half'\n"
          "guards.budgets[0].policies: must name at least one policy, or namespaces (* stands for any text)\n"
          "guards.budgets[0].replicas: must be 1 to 100000, was 0\n"
          "guards.budgets[1].replicas: must be enough for replicas.min of all its policies (2 together), was 1");
}

TEST_CASE("a budget speaks of names and patterns", "[guards]") {
    const Budget some{{"cart", "shop-*", "*-eu-*"}, 1};
    CHECK(matches_any(some.policies, "cart"));
    CHECK_FALSE(matches_any(some.policies, "carts"));
    CHECK(matches_any(some.policies, "shop-"));
    CHECK(matches_any(some.policies, "shop-a-b"));
    CHECK(matches_any(some.policies, "x-eu-eu-y"));
    CHECK_FALSE(matches_any(some.policies, "x-eu"));
    CHECK(matches_any({"*"}, ""));
}

TEST_CASE("after a start sizes go up at once and down only after a full window", "[guards]") {
    auto spec = Fleet::spec("a");
    spec.behavior->scale_down.stabilization_window_seconds = 300;
    Fleet fleet{{spec}, {}};
    fleet.has(0, 10);
    SECTION("up") { CHECK(fleet.follow(0, 12) == 12); }
    SECTION("down") {
        CHECK(fleet.follow(0, 4) == 10);
        for (int i = 1; i < 300; ++i) CHECK(fleet.wait(1s).follow(0, 4) == 10);
        for (int i = 300; i < 315; ++i) (void)fleet.wait(1s).follow(0, 4);  // wishes are kept in steps of 15 s
        CHECK(fleet.wait(1s).follow(0, 4) == 4);
    }
}

TEST_CASE("a budget speaks of namespaces, each for itself if it says so", "[guards]") {
    const Budget each{{}, 10, {"team-*"}, true};
    ScalingSpec cart;
    cart.name = "cart";
    cart.name_space = "team-a";
    CHECK(covers(each, cart));
    CHECK(group_of(each, cart) == "team-a");
    CHECK(describe(each) == "all policies in each of the namespaces team-*");
    cart.name_space = "shop";
    CHECK_FALSE(covers(each, cart));
    CHECK_FALSE(covers(Budget{{"web"}, 10, {"shop"}}, cart));
    CHECK(covers(Budget{{"cart"}, 10, {"shop"}}, cart));
    CHECK(group_of(Budget{{"cart"}, 10, {"shop"}}, cart).empty());
    CHECK(describe(Budget{{"cart"}, 10, {"shop"}}) == "cart in the namespaces shop");
}

TEST_CASE("each namespace has its budget for itself", "[guards]") {
    GuardSettings guards;
    guards.budgets.push_back({{}, 10, {"*"}, true});
    auto specs = three();
    specs[0].name_space = specs[1].name_space = "x";
    specs[2].name_space = "y";
    Fleet fleet{specs, guards};
    fleet.has(0, 2).has(1, 2).has(2, 2);
    CHECK(fleet.follow(0, 9) == 8);  // b has 2 of x's 10
    CHECK(fleet.follow(2, 9) == 9);
}

TEST_CASE("what the least of a namespace's policies does not fit into is refused", "[guards]") {
    GuardSettings guards;
    guards.budgets.push_back({{}, 1, {"*"}, true});
    auto specs = three();
    specs[0].name_space = specs[1].name_space = "x";
    const auto refused = configuration(specs, guards);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "guards.budgets[0].replicas: must be enough for replicas.min of all its policies in the namespace x (2 together), was 1");
}
