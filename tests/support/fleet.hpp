// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "policies/reducer.hpp"
#include "tests/support/rig.hpp"

namespace setpoint {

/// Several targets under one reducer and its guards, fed by hand. Each follows its `rps` at once: a replica for 100.
struct Fleet {
    Reducer control;
    Time now = at_unix(1'700'000'000);

    static ScalingSpec spec(std::string name, Bounds bounds = {1, 100}) {
        auto spec = plain_spec();
        spec.name = std::move(name);
        spec.replicas = bounds;
        spec.interval = std::chrono::seconds{1};
        spec.signals.resize(1);
        spec.policies.resize(1);
        spec.behavior->scale_down.policies = {{ScalingRule::Type::percent, 100, 1}};
        return spec;
    }

    Fleet(std::vector<ScalingSpec> specs, GuardSettings guards) { configure(std::move(specs), std::move(guards)); }

    void configure(std::vector<ScalingSpec> specs, GuardSettings guards) {
        auto set = configuration(std::move(specs), std::move(guards));
        if (!set) FAIL(set.error().message);
        control.reduce({now, *set});
    }
    static TargetId target(std::size_t i) { return TargetId{static_cast<std::uint32_t>(i)}; }

    Fleet& wait(Duration d) {
        now += d;
        return *this;
    }
    Fleet& has(std::size_t i, Replicas replicas) {
        control.reduce({now, TargetState{target(i), replicas, replicas, {}}});
        return *this;
    }
    /// The load is worth so many replicas. Takes a millisecond: a sample must be newer than the last one.
    Fleet& load(std::size_t i, Replicas replicas) {
        wait(Duration{1});
        control.reduce({now, Sample{.target = target(i), .signal = SignalId{0}, .kind = SampleKind::scalar, .value = 100.0 * replicas, .measured = now}});
        return *this;
    }
    const Decision& tick(std::size_t i) { return *control.reduce({now, Tick{target(i), WallTime{now.time_since_epoch()}}}); }
    Fleet& answer(std::size_t i, Replicas wanted, Replicas got, ApplyOutcome outcome = ApplyOutcome::applied) {
        control.reduce({now, ApplyResult{target(i), wanted, got, outcome, {}}});
        return *this;
    }
    /// Decides, and what is asked for is there and serves at once. The size afterwards.
    Replicas follow(std::size_t i) {
        const Decision decision = tick(i);
        if (!decision.apply) return decision.current;
        answer(i, decision.replicas, decision.replicas).has(i, decision.replicas);
        return decision.replicas;
    }
    Replicas follow(std::size_t i, Replicas load_worth) {
        load(i, load_worth);
        return follow(i);
    }
};

}  // namespace setpoint
