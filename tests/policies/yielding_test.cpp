// SPDX-License-Identifier: Apache-2.0
#include "policies/yielding.hpp"

#include <catch2/catch.hpp>

#include "tests/support/rig.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

/// Four replicas that all know to be enough, sized by setpoint.
Rig settled(ScalingSpec spec = plain_spec()) {
    Rig rig{std::move(spec)};
    rig.has(4).rps(400).queue(10).tick();
    return rig;
}

}  // namespace

TEST_CASE("a size that somebody raised is a floor for half an hour", "[yielding]") {
    auto rig = settled();
    const auto named = rig.wait(5s).has(7, Hand::somebody).rps(400).queue(10).tick();
    CHECK(named.replicas == 7);
    REQUIRE(named.limits.size() == 2);
    CHECK(named.limits[0].reason.code == Code::foreign_write);
    CHECK(named.limits[1].reason.code == Code::yields_to_increase);
    CHECK(named.limits[1].from == 4);
    CHECK(named.reason.args[0] == 7);
    CHECK(named.reason.args[1] == 1800);
    SECTION("the signals may still raise it") {
        CHECK(rig.wait(5s).has(7).rps(1200).queue(10).tick().replicas == 12);
    }
    SECTION("the size is decided anew once it is over") {
        CHECK(rig.wait(29min).rps(400).queue(10).tick().replicas == 7);
        CHECK(rig.wait(1min).rps(400).queue(10).tick().replicas == 4);
    }
    SECTION("and earlier, when a person says so") {
        rig.hand(OverrideSet::Kind::resume, 0, 0s);
        CHECK(rig.wait(5s).rps(400).queue(10).tick().replicas == 4);
    }
}

TEST_CASE("a size that somebody lowered is kept for ten minutes", "[yielding]") {
    auto rig = settled();
    const auto named = rig.wait(5s).has(2, Hand::somebody).rps(400).queue(10).tick();
    CHECK(named.replicas == 2);
    CHECK_FALSE(named.apply);
    CHECK(named.reason.code == Code::yields_to_decrease);
    CHECK(named.reason.args[1] == 600);
    CHECK(rig.wait(9min).rps(400).queue(10).tick().replicas == 2);
    CHECK(rig.wait(1min).rps(400).queue(10).tick().replicas == 4);
}

TEST_CASE("what another agent of ours set is nobody else's doing", "[yielding]") {
    auto rig = settled();
    const auto raised = rig.wait(5s).has(7, Hand::peer).rps(400).queue(10).tick();
    CHECK(raised.replicas == 4);
    CHECK(raised.apply);
    CHECK(raised.limits.empty());
    const auto lowered = rig.wait(5s).has(2, Hand::peer).rps(400).queue(10).tick();
    CHECK(lowered.replicas == 4);
    CHECK(lowered.limits.empty());
}

TEST_CASE("bounds stand above another hand", "[yielding]") {
    auto rig = settled();
    const auto above = rig.wait(5s).has(30, Hand::somebody).rps(400).queue(10).tick();
    CHECK(above.replicas == 20);
    CHECK(above.reason.code == Code::out_of_bounds);
}

TEST_CASE("a size below its bounds is corrected once nobody goes on changing it", "[yielding]") {
    auto rig = settled();
    const auto below = rig.wait(5s).has(1, Hand::somebody).rps(400).queue(10).tick();
    CHECK(below.replicas == 1);
    CHECK(below.reason.code == Code::yields_to_decrease);
    CHECK(below.again == below.time + 15s);
    const auto corrected = rig.wait(15s).has(1).rps(400).queue(10).tick();
    CHECK(corrected.replicas == 2);
    CHECK(corrected.reason.code == Code::out_of_bounds);
    CHECK_FALSE(corrected.again);
}

TEST_CASE("replicas made anew one by one are no change", "[yielding]") {
    auto spec = plain_spec();
    spec.replicas = {4, 20};
    auto rig = settled(spec);
    for (int i = 0; i < 4; ++i) {
        CHECK(rig.wait(10s).has(3, Hand::somebody).rps(400).queue(10).tick().replicas == 3);
        CHECK(rig.wait(1s).has(4, Hand::somebody).rps(900).queue(10).tick().replicas == 4);
    }
    const auto settling = rig.wait(14s).rps(900).queue(10).tick();
    CHECK(settling.replicas == 4);
    CHECK(settling.reason.code == Code::settling);
    CHECK(settling.reason.args[0] == 4);
    CHECK(settling.reason.args[1] == 1);
    CHECK(rig.wait(1s).rps(900).queue(10).tick().replicas == 9);
}

TEST_CASE("what was given way to before replicas were made anew still is", "[yielding]") {
    auto rig = settled();
    rig.wait(5s).has(7, Hand::somebody).rps(400).queue(10).tick();
    rig.wait(5min).has(6, Hand::somebody).rps(400).queue(10).tick();
    rig.wait(5s).has(7, Hand::somebody).rps(400).queue(10).tick();
    const auto floor = rig.wait(1min).rps(400).queue(10).tick();
    CHECK(floor.replicas == 7);
    CHECK(floor.reason.code == Code::yields_to_increase);
    CHECK(floor.reason.args[1] == 1800 - 365);
}

TEST_CASE("a hand that never rests is waited for no longer than five minutes", "[yielding]") {
    auto spec = plain_spec();
    spec.replicas = {4, 20};
    auto rig = settled(spec);
    rig.wait(5s).has(2, Hand::somebody).rps(400).queue(10).tick();
    for (int i = 0; i < 29; ++i) {
        const Replicas size = i % 2 == 0 ? 3 : 2;
        CHECK(rig.wait(10s).has(size, Hand::somebody).rps(400).queue(10).tick().replicas == size);
    }
    CHECK(rig.wait(9s).rps(400).queue(10).tick().replicas == 3);
    CHECK(rig.wait(1s).rps(400).queue(10).tick().replicas == 4);
}

TEST_CASE("replicas that ended by themselves are made again at once", "[yielding]") {
    auto rig = settled();
    const auto decision = rig.wait(5s).has(3, Hand::nobody).rps(400).queue(10).tick();
    CHECK(decision.replicas == 4);
    CHECK(decision.apply);
    REQUIRE(decision.limits.size() == 1);
    CHECK(decision.limits[0].reason.code == Code::replicas_ended);
}

TEST_CASE("who is not known to have changed the size is not yielded to", "[yielding]") {
    auto rig = settled();
    CHECK(rig.wait(5s).has(7, Hand::unknown).rps(400).queue(10).tick().replicas == 4);
}

TEST_CASE("nobody is yielded to where the document, the mode or HPA's ways say so", "[yielding]") {
    auto spec = plain_spec();
    SECTION("yield: 0s") { spec.yield = {0s, 0s}; }
    SECTION("mode: shadow") { spec.mode = Mode::shadow; }
    SECTION("compat: hpa") { spec.compat = Compat::hpa; }
    auto rig = settled(spec);
    CHECK(rig.wait(5s).has(7, Hand::somebody).rps(400).queue(10).tick().replicas == 4);
}

TEST_CASE("a change back ends what was given way to", "[yielding]") {
    auto rig = settled();
    rig.wait(5s).has(7, Hand::somebody).rps(400).queue(10).tick();
    SECTION("later, it is a decrease") {
        const auto back = rig.wait(1min).has(4, Hand::somebody).rps(900).queue(10).tick();
        CHECK(back.reason.code == Code::yields_to_decrease);
        CHECK(back.replicas == 4);
    }
    SECTION("at once, it was none") {
        CHECK(rig.wait(5s).has(4, Hand::somebody).rps(900).queue(10).tick().reason.code == Code::settling);
        CHECK(rig.wait(15s).rps(900).queue(10).tick().replicas == 9);
    }
}

TEST_CASE("a pin stands above another hand", "[yielding]") {
    auto rig = settled();
    rig.wait(5s).has(7, Hand::somebody).rps(400).queue(10).hand(OverrideSet::Kind::pin, 5, 1h);
    CHECK(rig.tick().replicas == 5);
}
