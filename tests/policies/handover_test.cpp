// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "../support/rig.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

ScalingSpec with_window() {
    auto spec = plain_spec();
    spec.behavior->scale_down.stabilization_window_seconds = 60;
    return spec;
}

/// What `from` knows goes over to `to`, whose agent time is `later` by so much.
void hand_over(Rig& from, Rig& to, Duration later = {}) {
    to.now = from.now + later;
    to.control.reduce({to.now, Handover{Rig::kTarget, from.control.handover(Rig::kTarget, 4096), later}});
}

}  // namespace

TEST_CASE("a successor takes the size as it finds it: it is nobody's foreign write", "[handover]") {
    Rig before{with_window()};
    before.has(4).rps(400).queue(10);
    (void)before.tick();
    Rig after{with_window()};
    hand_over(before, after);
    after.has(7, Hand::somebody).rps(700).queue(10);
    const auto& decision = after.tick();
    CHECK(decision.replicas == 7);
    CHECK(decision.limits.empty());
}

TEST_CASE("a successor scales up at once, and down after a full window of its own", "[handover]") {
    Rig before{with_window()};
    for (int i = 0; i < 20; ++i) before.wait(5s).has(8).rps(400).queue(10).tick();
    Rig after{with_window()};
    hand_over(before, after);
    after.has(8).rps(400).queue(10);
    CHECK(after.tick().replicas == 8);
    after.wait(5s).has(8).rps(1200).queue(10);
    CHECK(after.tick().replicas == 12);
    after.answer(12, 12, ApplyOutcome::applied);
    for (int i = 0; i < 11; ++i) CHECK(after.wait(5s).has(12).rps(400).queue(10).tick().replicas == 12);
    Replicas last = 12;
    for (int i = 0; i < 4; ++i) last = after.wait(5s).has(12).rps(400).queue(10).tick().replicas;
    CHECK(last == 4);
}

TEST_CASE("an agent that led before and stood by begins anew as well", "[handover]") {
    Rig rig{with_window()};
    for (int i = 0; i < 20; ++i) rig.wait(5s).has(8).rps(400).queue(10).tick();
    rig.wait(1h);
    rig.control.reduce({rig.now, Handover{Rig::kTarget, {}, {}}});
    rig.has(9, Hand::somebody).rps(400).queue(10);
    const auto& decision = rig.tick();
    CHECK(decision.replicas == 9);
    CHECK(decision.limits.back().reason.code == Code::stabilized_down);
}

TEST_CASE("what was learnt, ordered by hand, and given way to goes over, in the successor's time", "[handover]") {
    Rig before;
    before.has(4).rps(400).queue(10);
    for (std::uint64_t pod = 1; pod <= 6; ++pod) {
        Pod one;
        one.id = PodId{pod};
        one.phase = PodPhase::running;
        one.ready = true;
        one.started_at = before.now - 30s;
        one.ready_changed = before.now - 10s;
        before.control.reduce({before.now, PodDelta{Rig::kTarget, false, one}});
    }
    before.hand(OverrideSet::Kind::pin, 6, 1h);
    (void)before.tick();
    const auto learnt = before.control.startup(Rig::kTarget);
    REQUIRE(learnt.starts_seen() == 6);
    Rig after;
    hand_over(before, after, 7min);
    CHECK(after.control.startup(Rig::kTarget).starts_seen() == 6);
    CHECK(after.control.startup(Rig::kTarget).p90() == learnt.p90());
    REQUIRE(after.control.override_of(Rig::kTarget));
    CHECK(after.control.override_of(Rig::kTarget)->until == after.now + 1h);
    after.has(4).rps(400).queue(10);
    CHECK(after.tick().replicas == 6);
}

TEST_CASE("an integrator goes over, and a policy of another kind begins afresh", "[handover]") {
    auto spec = plain_spec();
    spec.policies = {{"calm", PidSettings{.signal = "queue", .setpoint = 10}}};
    Rig before{spec};
    for (int i = 0; i < 40; ++i) before.wait(5s).has(5).rps(100).queue(10).tick();
    Rig after{spec};
    hand_over(before, after);
    after.wait(5s).has(5).rps(100).queue(10);
    CHECK(after.tick().replicas == 5);
    Rig other{plain_spec()};
    hand_over(before, other);
    other.has(5).rps(500).queue(10);
    CHECK(other.tick().replicas == 5);
}

TEST_CASE("state that makes no sense leaves everything as it was", "[handover]") {
    Rig rig;
    rig.has(4).rps(400).queue(10).hand(OverrideSet::Kind::pin, 6, 1h);
    (void)rig.tick();
    auto state = rig.control.handover(Rig::kTarget, 4096);
    state.resize(state.size() / 2);
    rig.control.reduce({rig.now, Handover{Rig::kTarget, state, {}}});
    REQUIRE(rig.control.override_of(Rig::kTarget));
    CHECK(rig.control.override_of(Rig::kTarget)->replicas == 6);
}

TEST_CASE("policies without room are left out, and nothing is said where nothing has room", "[handover]") {
    auto spec = plain_spec();
    spec.policies.push_back({"tomorrow", PredictiveSettings{.signal = "rps", .per_replica = 100}});
    Rig rig{spec};
    rig.has(4).rps(400).queue(10);
    (void)rig.tick();
    const auto all = rig.control.handover(Rig::kTarget, 1'000'000);
    const auto some = rig.control.handover(Rig::kTarget, 4096);
    CHECK(some.size() <= 4096);
    CHECK_FALSE(some.empty());
    CHECK(all.size() > 4096);
    CHECK(rig.control.handover(Rig::kTarget, 10).empty());
}
