// SPDX-License-Identifier: Apache-2.0
#include "policies/reducer.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/support/rig.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using Kind = OverrideSet::Kind;

namespace {

ScalingSpec with_zero() {
    auto spec = plain_spec();
    spec.replicas = {0, 20};
    spec.signals.pop_back();
    spec.policies.pop_back();
    spec.signals[0].activation = 50;
    return spec;
}

ScalingSpec with_latency() {
    auto spec = plain_spec();
    spec.signals[1] = {.name = "p95", .dimension = Dimension::time, .idle_when = "rps"};
    spec.policies[1].settings = TrackSettings{.signal = "p95", .value = 0.25};
    return spec;
}

}  // namespace

TEST_CASE("a target whose size was never seen is not touched", "[reducer]") {
    Rig rig;
    const auto& decision = rig.rps(1500).queue(10).tick();
    CHECK(decision.reason.code == Code::target_unknown);
    CHECK_FALSE(decision.apply);
    CHECK(decision.health == Health::holding);
}

TEST_CASE("the largest wish wins", "[reducer]") {
    const auto decision = Rig{}.has(4).rps(700).queue(90).tick();
    CHECK(decision.replicas == 9);
    CHECK(decision.apply);
    CHECK(decision.health == Health::active);
    CHECK(decision.proposals.at(0).replicas == 7);
}

TEST_CASE("a missing signal never scales down, and a valid one may still scale up", "[reducer]") {
    Rig rig;
    const auto& down = rig.has(10).rps(300).tick();
    CHECK(down.replicas == 10);
    CHECK(down.reason.code == Code::held_for_missing);
    CHECK(down.reason.signal == SignalId{1});
    CHECK(down.health == Health::holding);
    const auto& up = rig.wait(5s).rps(1500).tick();
    CHECK(up.replicas == 15);
    CHECK(up.health == Health::active);
}

TEST_CASE("a sample is stale past three times the resolution", "[reducer]") {
    Rig rig;
    rig.has(10).rps(300).queue(30);
    CHECK(rig.wait(45s).tick().replicas == 3);
    const auto& held = rig.wait(1ms).tick();
    CHECK(held.replicas == 10);
    CHECK(held.reason.code == Code::stale);
    CHECK(held.seen.at(0).state == SignalState::stale);
    CHECK(held.seen.at(0).age == 45001ms);
}

TEST_CASE("maxAge says otherwise", "[reducer]") {
    auto spec = plain_spec();
    spec.signals[0].max_age = spec.signals[1].max_age = 10s;
    Rig rig{spec};
    rig.has(10).rps(300).queue(30);
    CHECK(rig.wait(10s).tick().replicas == 3);
    CHECK(rig.wait(1s).tick().replicas == 10);
}

TEST_CASE("a value that is not finite does not count, and the last one serves while it is fresh", "[reducer]") {
    const double bad = GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                                -std::numeric_limits<double>::infinity());
    Rig rig;
    rig.has(10).rps(1500).queue(30);
    CHECK(rig.wait(30s).rps(bad).tick().replicas == 15);
    const auto& held = rig.wait(30s).rps(bad).queue(30).tick();
    CHECK(held.replicas == 10);
    CHECK(held.proposals.at(0).reason.code == Code::not_a_number);
    CHECK(held.proposals.at(0).kind == ProposalKind::hold);
}

TEST_CASE("a value dated ahead is bad, unless clocks may differ that much", "[reducer]") {
    Rig rig;
    const auto& bad = rig.has(10).sample(0, 1500, -31s).queue(30).tick();
    CHECK(bad.replicas == 10);
    CHECK(bad.proposals.at(0).reason.code == Code::from_the_future);
    const auto& good = rig.sample(0, 1500, -30s).tick();
    CHECK(good.replicas == 15);
    CHECK(good.seen.at(0).age == 0s);
}

TEST_CASE("a source that fails holds, and says so", "[reducer]") {
    Rig rig;
    const auto& held = rig.has(10).queue(30).silence(0, SampleKind::failed).tick();
    CHECK(held.replicas == 10);
    CHECK(held.proposals.at(0).reason.code == Code::source_failed);
}

TEST_CASE("a latency without traffic is idle and keeps nobody from shrinking", "[reducer]") {
    Rig rig{with_latency()};
    rig.has(10).rps(0);
    SECTION("no answer") { rig.silence(1, SampleKind::no_data); }
    SECTION("NaN, as a quantile of nothing") { rig.sample(1, std::numeric_limits<double>::quiet_NaN()); }
    SECTION("no sample any more") { rig.wait(-60s).sample(1, 0.3).wait(60s); }
    const auto& decision = rig.tick();
    CHECK(decision.seen.at(1).state == SignalState::idle);
    CHECK(decision.replicas == 2);
}

TEST_CASE("a latency is missing, not idle, while there is traffic or nobody knows", "[reducer]") {
    Rig rig{with_latency()};
    rig.has(10).silence(1, SampleKind::no_data);
    SECTION("traffic") { rig.rps(300); }
    SECTION("the companion is unknown") {}
    SECTION("the companion's zero is old") { rig.rps(0).wait(46s).silence(1, SampleKind::no_data); }
    SECTION("its source fails") { rig.rps(0).silence(1, SampleKind::failed); }
    const auto& decision = rig.tick();
    CHECK(decision.seen.at(1).state == SignalState::missing);
    CHECK(decision.replicas == 10);
}

TEST_CASE("onMissing raises after a while, and lowers only if told so", "[reducer]") {
    auto spec = plain_spec();
    spec.on_missing = {8, 3min, false};
    const bool allow_down = GENERATE(false, true);
    spec.on_missing.allow_down = allow_down;
    const Replicas size = GENERATE(5, 12);
    Rig rig{spec};
    CHECK(rig.has(size).tick().replicas == size);
    CHECK(rig.wait(179s).tick().replicas == size);
    const auto& decision = rig.wait(1s).tick();
    CHECK(decision.replicas == (size == 5 || allow_down ? 8 : 12));
    CHECK(decision.health == Health::degraded);
    if (decision.apply) CHECK(decision.reason.code == Code::on_missing);
}

TEST_CASE("onMissing waits while some signal is valid", "[reducer]") {
    auto spec = plain_spec();
    spec.on_missing = {8, 3min, false};
    Rig rig{spec};
    rig.has(5);
    for (int i = 0; i < 120; ++i) CHECK(rig.wait(5s).rps(300).tick().replicas == 5);
}

TEST_CASE("a hold longer than holdFor is degraded, and ends with a valid sample", "[reducer]") {
    auto spec = plain_spec();
    spec.hold_for = 10min;
    Rig rig{spec};
    CHECK(rig.has(5).tick().health == Health::holding);
    CHECK(rig.wait(10min).tick().health == Health::holding);
    const auto& late = rig.wait(1s).tick();
    CHECK(late.health == Health::degraded);
    CHECK(late.reason.code == Code::degraded);
    CHECK(late.replicas == 5);
    CHECK(rig.rps(500).queue(50).tick().health == Health::active);
    CHECK(rig.wait(50s).tick().health == Health::holding);
}

TEST_CASE("somebody else's write is noticed once", "[reducer]") {
    Rig rig;
    CHECK(rig.has(5).rps(500).queue(10).tick().limits.empty());
    const auto& noticed = rig.wait(5s).has(9).tick();
    REQUIRE(noticed.limits.size() == 1);
    CHECK(noticed.limits[0].reason.code == Code::foreign_write);
    CHECK(noticed.limits[0].from == 5);
    CHECK(noticed.limits[0].to == 9);
    CHECK(noticed.replicas == 5);
    CHECK(rig.wait(5s).tick().limits.empty());
}

TEST_CASE("our own write is not foreign, whoever tells first", "[reducer]") {
    Rig rig;
    CHECK(rig.has(5).rps(900).queue(10).tick().replicas == 9);
    SECTION("the answer") { rig.wait(1s).answer(9, 9, ApplyOutcome::applied).has(9); }
    SECTION("the target") { rig.wait(1s).has(9).answer(9, 9, ApplyOutcome::applied); }
    const auto& decision = rig.wait(4s).tick();
    CHECK(decision.limits.empty());
    CHECK(decision.current == 9);
}

TEST_CASE("a refused wish is named until it is accepted or goes away", "[reducer]") {
    Rig rig;
    CHECK(rig.has(5).rps(900).queue(10).tick().replicas == 9);
    const auto& refused = rig.answer(9, 5, ApplyOutcome::refused).wait(5s).tick();
    CHECK(refused.current == 5);
    CHECK(refused.replicas == 9);  // and asks again
    REQUIRE(refused.limits.size() == 1);
    CHECK(refused.limits[0].reason.code == Code::not_applied);
    SECTION("accepted") { rig.answer(9, 9, ApplyOutcome::applied).has(9); }
    SECTION("gone") { rig.wait(5s).rps(500).tick(); }
    CHECK(rig.wait(5s).tick().limits.empty());
}

TEST_CASE("a pin holds against every signal until it expires", "[reducer]") {
    Rig rig;
    rig.has(5).rps(900).queue(10).hand(Kind::pin, 7, 1h);
    const auto& pinned = rig.tick();
    CHECK(pinned.replicas == 7);
    CHECK(pinned.apply);
    CHECK(pinned.reason.code == Code::pinned);
    CHECK(pinned.health == Health::suspended);
    CHECK(rig.has(7).wait(59min + 55s).rps(900).queue(10).tick().reason.code == Code::pinned);
    CHECK(rig.wait(5s).tick().replicas == 9);
}

TEST_CASE("a pin above the maximum is obeyed, and its reason has the maximum", "[reducer]") {
    auto spec = plain_spec();
    spec.replicas = {1, 6};
    Rig rig{spec};
    const auto above = rig.has(5).rps(900).queue(10).hand(Kind::pin, 7, 1h).tick();
    CHECK(above.replicas == 7);
    CHECK(above.reason.args[2] == 6);
    CHECK(rig.hand(Kind::pin, 6, 1h).tick().reason.args[2] == 0);
}

TEST_CASE("a pause keeps the size, a pause of shrinking only that", "[reducer]") {
    Rig rig;
    rig.has(5).rps(900).queue(10).hand(Kind::pause, 0, 1h);
    CHECK(rig.tick().replicas == 5);
    CHECK(rig.tick().reason.code == Code::paused);
    rig.hand(Kind::pause_down, 0, 1h);
    CHECK(rig.tick().replicas == 9);
    CHECK(rig.wait(5s).rps(300).tick().replicas == 5);
    CHECK(rig.tick().reason.code == Code::paused);
    rig.hand(Kind::resume, 0, 0s);
    CHECK(rig.tick().replicas == 3);
}

TEST_CASE("shadow decides and does not apply, off keeps the size", "[reducer]") {
    auto spec = plain_spec();
    spec.mode = Mode::shadow;
    const auto shadow = Rig{spec}.has(5).rps(900).queue(10).tick();
    CHECK(shadow.replicas == 9);
    CHECK_FALSE(shadow.apply);
    CHECK(shadow.reason.code == Code::mode_shadow);
    spec.mode = Mode::off;
    const auto off = Rig{spec}.has(5).rps(900).queue(10).tick();
    CHECK(off.replicas == 5);
    CHECK_FALSE(off.apply);
    CHECK(off.reason.code == Code::mode_off);
    CHECK(off.health == Health::suspended);
}

TEST_CASE("a size out of bounds is corrected first, without any signal", "[reducer]") {
    const auto [size, corrected] = GENERATE(values<std::pair<Replicas, Replicas>>({{1, 2}, {25, 20}}));
    const auto decision = Rig{}.has(size).tick();
    CHECK(decision.replicas == corrected);
    CHECK(decision.apply);
    CHECK(decision.reason.code == Code::out_of_bounds);
}

TEST_CASE("what the target may have bounds a policy too", "[reducer]") {
    Rig rig;
    const auto seen = [&](Replicas size, std::optional<Replicas> most) -> Rig& {
        rig.control.reduce({rig.now, TargetState{.target = Rig::kTarget, .replicas = size, .ready = size, .most = most}});
        return rig;
    };
    const auto& limited = seen(4, 7).rps(1500).queue(10).tick();  // 15 are wished
    CHECK(limited.replicas == 7);
    CHECK(limited.reason.code == Code::at_max);
    CHECK(seen(9, 7).wait(5s).tick().replicas == 7);
    CHECK(seen(1, 1).wait(5s).tick().replicas == 1);  // below min, which it may not reach
    CHECK(seen(4, std::nullopt).wait(5s).tick().replicas == 15);
}

TEST_CASE("a floor of zero is no switch", "[reducer]") {
    Rig rig;
    rig.control.reduce({rig.now, TargetState{.target = Rig::kTarget, .replicas = 0, .ready = 3, .floor = true}});
    const auto& decision = rig.rps(100).queue(10).tick();
    CHECK(decision.replicas == 2);
    CHECK(decision.reason.code == Code::out_of_bounds);
    CHECK(decision.apply);
}

TEST_CASE("above a floor what is there counts, also above one of zero", "[reducer]") {
    auto spec = with_latency();
    spec.replicas = {0, 20};
    Rig rig{spec};
    rig.control.reduce({rig.now, TargetState{.target = Rig::kTarget, .replicas = 0, .ready = 5, .status = 5, .floor = true}});
    // Twice as slow as it should be, with five.
    CHECK(rig.rps(100).sample(1, 0.5).tick().replicas == 10);
}

TEST_CASE("another target's size is nobody's change", "[reducer]") {
    auto spec = plain_spec();
    spec.target = "kubernetes Deployment cart";
    Rig rig{spec};
    CHECK(rig.has(8, Hand::somebody).rps(800).queue(10).tick().replicas == 8);
    spec.target = "kubernetes HorizontalPodAutoscaler cart";
    rig.wait(5s).configure(spec);
    CHECK(rig.tick().reason.code == Code::target_unknown);
    const auto& floor = rig.has(3, Hand::somebody).tick();
    CHECK(floor.replicas == 8);  // what is known of the load stays
    CHECK(floor.limits.empty());
    // The same target under changed rules is the same.
    spec.replicas.max = 30;
    rig.wait(5s).configure(spec);
    CHECK(rig.has(5, Hand::somebody).tick().limits.at(0).reason.code == Code::foreign_write);
}

TEST_CASE("zero replicas while min is above means switched off, unless it was us", "[reducer]") {
    Rig rig;
    const auto& off = rig.has(0).rps(900).queue(10).tick();
    CHECK(off.replicas == 0);
    CHECK(off.health == Health::suspended);
    CHECK(off.reason.code == Code::disabled_at_zero);
    CHECK(rig.wait(5s).has(3).tick().replicas == 9);
    rig.hand(Kind::pin, 0, 1min);
    CHECK(rig.tick().replicas == 0);
    CHECK(rig.answer(0, 0, ApplyOutcome::applied).has(0).wait(1min).tick().replicas == 2);
}

TEST_CASE("zero is reached below the activation threshold and left above it", "[reducer]") {
    Rig rig{with_zero()};
    const auto& one = rig.has(3).rps(51).tick();
    CHECK(one.replicas == 1);
    rig.answer(1, 1, ApplyOutcome::applied).has(1).wait(5s);
    const auto& zero = rig.rps(50).tick();
    CHECK(zero.replicas == 0);
    CHECK(zero.reason.code == Code::not_active);
    rig.answer(0, 0, ApplyOutcome::applied).has(0).wait(5s);
    CHECK(rig.rps(49).tick().replicas == 0);
    CHECK(rig.tick().health == Health::active);
    const auto& back = rig.wait(5s).rps(250).tick();
    CHECK(back.replicas == 3);
    CHECK(rig.wait(5s).rps(51).tick().replicas == 1);
}

TEST_CASE("without data nothing goes to zero", "[reducer]") {
    Rig rig{with_zero()};
    CHECK(rig.has(3).tick().replicas == 3);
    CHECK(rig.wait(20min).tick().replicas == 3);
}

TEST_CASE("events for what is not there are ignored", "[reducer]") {
    Rig rig;
    rig.has(5).rps(500).queue(10);
    CHECK(rig.control.reduce({rig.now, Tick{TargetId{7}, {}}}) == nullptr);
    rig.sample(9, 1e9);
    CHECK(rig.tick().replicas == 5);
}
