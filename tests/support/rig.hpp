// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "policies/reducer.hpp"

namespace setpoint {

/// A document with two signals, each tracked: a replica is good for 100 of `rps` and for 10 of `queue`.
/// Sizes follow at once, without windows and rates.
inline ScalingSpec plain_spec() {
    ScalingSpec spec;
    spec.name = "cart";
    spec.replicas = {2, 20};
    spec.signals.push_back({.name = "rps", .dimension = Dimension::rate});
    spec.signals.push_back({.name = "queue"});
    spec.policies.push_back({"", TrackSettings{.signal = "rps", .average_value = 100}});
    spec.policies.push_back({"", TrackSettings{.signal = "queue", .average_value = 10}});
    Behavior at_once;
    at_once.scale_up.policies = {{ScalingRule::Type::pods, 1000, 1}};
    at_once.scale_down.stabilization_window_seconds = 0;
    spec.behavior = at_once;
    return spec;
}

/// Feeds one target of a reducer by hand. `now` is where the story is.
struct Rig {
    static constexpr TargetId kTarget{0};
    Reducer control;
    Time now = at_unix(1'700'000'000);

    explicit Rig(ScalingSpec spec = plain_spec()) { configure(std::move(spec)); }

    void configure(ScalingSpec spec) {
        std::vector<ScalingSpec> specs;
        specs.push_back(std::move(spec));
        auto set = configuration(std::move(specs));
        if (!set) FAIL(set.error().message);
        control.reduce({now, *set});
    }
    Rig& wait(Duration d) {
        now += d;
        return *this;
    }
    Rig& has(Replicas replicas, Hand changed_by = Hand::unknown) {
        control.reduce({now, TargetState{kTarget, replicas, replicas, {}, changed_by}});
        return *this;
    }
    Rig& sample(std::uint16_t signal, double value, Duration ago = {}) {
        control.reduce({now, Sample{.target = kTarget,
                                    .signal = SignalId{signal},
                                    .kind = SampleKind::scalar,
                                    .value = value,
                                    .measured = now - ago}});
        return *this;
    }
    Rig& silence(std::uint16_t signal, SampleKind kind) {
        control.reduce({now, Sample{.target = kTarget, .signal = SignalId{signal}, .kind = kind, .measured = now}});
        return *this;
    }
    Rig& rps(double value) { return sample(0, value); }
    Rig& queue(double value) { return sample(1, value); }
    Rig& answer(Replicas wanted, Replicas got, ApplyOutcome outcome) {
        control.reduce({now, ApplyResult{kTarget, wanted, got, outcome, {}}});
        return *this;
    }
    Rig& hand(OverrideSet::Kind kind, Replicas replicas, Duration length) {
        control.reduce({now, OverrideSet{kTarget, kind, replicas, now + length, "test"}});
        return *this;
    }
    const Decision& tick() { return *control.reduce({now, Tick{kTarget, WallTime{now.time_since_epoch()}}}); }
};

}  // namespace setpoint
