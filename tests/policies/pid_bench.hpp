// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "policies/pid.hpp"
#include "policies/spec.hpp"

namespace setpoint {

using namespace std::chrono_literals;

/// One PID and what it sees; by default ten replicas, all serving, a sample over 30 s, ticks of 5 s.
struct Bench {
    explicit Bench(PidSettings settings) {
        spec.signals.resize(2);
        spec.signals[0].name = "cpu";
        spec.signals[0].per_pod = true;
        spec.signals[0].dimension = Dimension::cores;
        spec.signals[1].name = "other";
        spec.signals[1].dimension = Dimension::time;
        if (settings.signal.empty()) settings.signal = "cpu";
        signal = settings.signal == "cpu" ? 0 : 1;
        held = settings;
        readings.resize(2);
        seen.lead = 30s;
        seen.start_p99 = 60s;
        seen.since_order = 24h;
        seen.bounds = {1, 1000};
        size(10);
    }

    void build() {
        auto made = make(held, spec);
        REQUIRE(made);
        policy = std::move(*made);
    }

    void size(Replicas n) { seen.replicas = seen.status = seen.ready = seen.accepted = n; }

    void sample(double value, Duration window = 30s) {
        auto& reading = readings[signal];
        reading.state = SignalState::fresh;
        reading.trouble = Code::none;
        reading.kind = signal == 0 ? SampleKind::pods_mean : SampleKind::scalar;
        reading.value = value;
        reading.measured = now;
        reading.window = window;
        reading.mean_ready = seen.ready;
        ++reading.sequence;
    }

    Proposal tick(Duration later = 0s) {
        if (!policy) build();
        now += later;
        for (auto& reading : readings) reading.age = now - reading.measured;
        seen.now = now;
        seen.signals = readings;
        auto proposal = policy->propose(seen);
        seen.rebased = false;
        return proposal;
    }

    ScalingSpec spec;
    PidSettings held;
    std::unique_ptr<Policy> policy;
    std::vector<Reading> readings;
    Observation seen;
    std::size_t signal = 0;
    Time now = at_unix(1'700'000'000);
};

inline double term(const Proposal& proposal, Term wanted) {
    for (const auto& entry : proposal.terms.entries()) {
        if (entry.term == wanted) return entry.value;
    }
    FAIL("the term is not in the record");
    return 0;
}

inline PidSettings on_cpu() {
    PidSettings settings;
    settings.setpoint = 0.7;
    settings.filter_time = 0s;
    return settings;
}

inline PidSettings on_latency() {
    PidSettings settings;
    settings.signal = "other";
    settings.setpoint = 0.25;
    settings.filter_time = 0s;
    return settings;
}

}  // namespace setpoint
