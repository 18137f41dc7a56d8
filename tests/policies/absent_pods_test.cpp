// SPDX-License-Identifier: Apache-2.0
#include "policies/absent_pods.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/rig.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

const Time kNow = at_unix(1'700'000'000);

/// One that began `ago`, and does not serve.
Pod absent(Duration ago) {
    Pod pod;
    pod.ready = false;
    pod.started_at = kNow - ago;
    return pod;
}

Pod waiting() {
    Pod pod;
    pod.phase = PodPhase::pending;
    pod.ready = false;
    pod.unschedulable = true;
    return pod;
}

Pod crashing(Duration ago) {
    auto pod = absent(ago);
    pod.crash_looping = true;
    return pod;
}

Pod serving() {
    auto pod = absent(1h);
    pod.ready = true;
    return pod;
}

/// `rps` alone, 100 a replica; sizes follow at once.
ScalingSpec one_signal() {
    auto spec = plain_spec();
    spec.signals.pop_back();
    spec.policies.pop_back();
    return spec;
}

/// More by two with every new sample above 50.
ScalingSpec stepwise() {
    auto spec = one_signal();
    spec.policies = {{"", StepSettings{.signal = "rps", .bands = {{.from = 50, .change = "+2"}}}}};
    return spec;
}

/// A target whose pods are told one by one.
struct Crowd : Rig {
    explicit Crowd(ScalingSpec spec = one_signal()) : Rig(std::move(spec)) { now = kNow; }

    Crowd& add(int count, Pod pod) {
        for (int i = 0; i < count; ++i) {
            pod.id = PodId{++pods_};
            serves_ += pod.serving() ? 1 : 0;
            control.reduce({now, PodDelta{kTarget, false, pod}});
        }
        return *this;
    }
    Crowd& size(Replicas replicas, bool rolling_out = false, bool one_by_one = false) {
        TargetState state{kTarget, replicas, serves_, {}, Hand::nobody};
        state.rolling_out = rolling_out;
        state.one_by_one = one_by_one;
        control.reduce({now, state});
        return *this;
    }
    Crowd& serves(Replicas count) {
        serves_ = count;
        return *this;
    }

private:
    std::uint64_t pods_ = 0;
    Replicas serves_ = 0;
};

}  // namespace

TEST_CASE("pods that do not serve wait, start, or are lost", "[pods]") {
    auto over = crashing(1h);
    over.phase = PodPhase::failed;
    auto leaving = crashing(1h);
    leaving.deleting = true;
    const std::vector<Pod> pods{serving(),     waiting(),      waiting(), absent(59s), absent(60s), crashing(59s),
                                crashing(60s), crashing(1h), over,      leaving};
    const auto seen = absent_pods(pods, kNow, 60s);
    CHECK(seen.waiting == 2);
    CHECK(seen.starting == 2);
    CHECK(seen.lost == 2);
}

TEST_CASE("in the place of the lost come at most as many as serve, and as many as are absent", "[pods]") {
    CHECK(around_lost({.lost = 2}, 6, 4) == 2);
    CHECK(around_lost({.lost = 5}, 7, 2) == 2);   // most crash: more of them are no help
    CHECK(around_lost({.lost = 3}, 5, 4) == 1);   // two of them are beyond the size, as in a rollout
    CHECK(around_lost({.lost = 3}, 4, 0) == 0);
    CHECK(around_lost({.lost = 3}, 2, 4) == 0);
}

TEST_CASE("others are asked for in the place of pods that crash again and again", "[pods]") {
    Crowd target;
    target.add(4, serving()).add(2, crashing(10min)).size(6).rps(600);
    const auto& around = target.tick();
    CHECK(around.replicas == 8);  // 6 are needed, and 2 are lost
    CHECK(around.reason.code == Code::around_crashes);
    CHECK(around.reason.args[0] == 2);
    // While the two new ones start, nothing more is asked for.
    target.answer(8, 8, ApplyOutcome::applied);
    target.add(2, absent(0s)).size(8).rps(600);
    CHECK(target.tick().replicas == 8);
}

TEST_CASE("where all new pods crash as well, going around them ends", "[pods]") {
    Crowd target;
    target.add(4, serving()).add(6, crashing(10min)).size(10).rps(600);
    CHECK(target.tick().replicas == 10);  // 6 needed, and as many more as serve
}

TEST_CASE("pods within their start-up time have credit, however often they crash", "[pods]") {
    Crowd target;
    target.add(4, serving()).add(2, crashing(59s)).size(6).rps(600);
    CHECK(target.tick().replicas == 6);
}

TEST_CASE("HPA goes around nothing", "[pods][hpa]") {
    auto spec = one_signal();
    spec.compat = Compat::hpa;
    Crowd target{spec};
    target.add(4, serving()).add(2, crashing(10min)).size(6).rps(600);
    CHECK(target.tick().replicas == 6);
}

TEST_CASE("pods without a place are asked for once, and lower nothing", "[pods]") {
    Crowd target;
    target.add(4, serving()).add(2, waiting()).size(6).rps(600);
    const auto& kept = target.tick();
    CHECK(kept.replicas == 6);
    CHECK(kept.reason.code == Code::waits_for_room);
    CHECK(kept.reason.args[0] == 2);
    CHECK(target.wait(1h).rps(600).tick().replicas == 6);
    CHECK(target.wait(5s).rps(900).tick().replicas == 9);  // a greater need is another one
}

TEST_CASE("steps do not climb while pods wait for a place", "[pods]") {
    Crowd target{stepwise()};
    target.add(4, serving()).add(2, waiting()).size(6);
    CHECK(target.rps(100).tick().replicas == 6);   // 4 serve, 2 more are asked for already
    CHECK(target.wait(1h).rps(100).tick().replicas == 6);
    Crowd without{stepwise()};
    without.add(4, serving()).add(2, absent(1h)).size(6);
    CHECK(without.rps(100).tick().replicas == 8);  // these should have come long since
}

TEST_CASE("in a rollout the size goes up and not down", "[pods]") {
    Crowd target;
    target.add(6, serving()).size(6, true);
    const auto& down = target.rps(300).tick();
    CHECK(down.replicas == 6);
    CHECK(down.reason.code == Code::rolling_out);
    CHECK(target.wait(5s).rps(900).tick().replicas == 9);
    target.wait(5s);
    CHECK(target.size(6).rps(300).tick().replicas == 3);
}

TEST_CASE("HPA scales down in a rollout, too", "[pods][hpa]") {
    auto spec = one_signal();
    spec.compat = Compat::hpa;
    Crowd target{spec};
    target.add(6, serving()).size(6, true);
    CHECK(target.rps(300).tick().replicas == 3);
}

TEST_CASE("where pods start one by one, each has its own start-up time", "[pods]") {
    const bool one_by_one = GENERATE(false, true);
    Crowd target{stepwise()};
    target.add(2, serving()).size(2, false, one_by_one);
    CHECK(target.rps(100).tick().replicas == 4);
    target.answer(4, 4, ApplyOutcome::applied);
    target.wait(90s);
    target.serves(3).size(4, false, one_by_one);  // two starts of 60 s; one is done
    CHECK(target.rps(100).tick().replicas == (one_by_one ? 5 : 6));
    target.wait(31s);
    target.size(4, false, one_by_one);
    CHECK(target.rps(100).tick().replicas == 6);
}

TEST_CASE("a least size at which no replica may be evicted is warned of", "[pods]") {
    Crowd target;  // at least 2
    const auto with = [&](std::optional<Replicas> undrainable_at) {
        TargetState state{Rig::kTarget, 4, 4, {}, Hand::nobody};
        state.undrainable_at = undrainable_at;
        target.control.reduce({target.now, state});
        return target.rps(400).tick().warning;
    };
    CHECK_FALSE(with(0));
    CHECK_FALSE(with(1));
    const auto warning = with(2);
    REQUIRE(warning);
    CHECK(warning->code == Code::blocks_drains);
    CHECK(warning->args[0] == 2);
    CHECK(with(kMaxReplicas));
    CHECK(with(std::nullopt)->code == Code::budgets_unknown);
}

TEST_CASE("a target that may sleep is warned for its one replica", "[pods]") {
    auto spec = one_signal();
    spec.replicas.min = 0;
    Crowd target{spec};
    TargetState state{Rig::kTarget, 1, 1, {}, Hand::nobody};
    state.undrainable_at = 1;
    target.control.reduce({target.now, state});
    CHECK(target.rps(50).tick().warning->args[0] == 1);
}
