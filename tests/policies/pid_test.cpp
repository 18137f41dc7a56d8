// SPDX-License-Identifier: Apache-2.0
#include "policies/pid.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "core/codec.hpp"
#include "policies/combine.hpp"
#include "policies/pid_law.hpp"
#include "policies/spec.hpp"
#include "tests/policies/pid_bench.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using Catch::Matchers::WithinAbs;

TEST_CASE("gains follow SIMC from the dead time", "[pid]") {
    // A share: pure delay, KI = 1 / (2 theta).
    const auto share = tune(PidPlant::share, 30, 30);
    CHECK(share.up == 1.0);
    CHECK(share.down == 0.4);
    CHECK(share.integral == 60.0);
    CHECK(share.filter == 6.0);
    // theta 105 s, samples over 60 s: tau = 30 + 105/3 = 65, Kc = 65/210, Ti = 65.
    const auto bounded = tune(PidPlant::bounded, 105, 60);
    CHECK_THAT(bounded.up, WithinAbs(65.0 / 210, 1e-12));
    CHECK_THAT(bounded.integral, WithinAbs(65.0, 1e-12));
}

TEST_CASE("the dead zones are soft, and one replica's worth wide downwards", "[pid]") {
    CHECK(soft(0.05, 10) == 0.0);
    CHECK_THAT(soft(0.2, 10), WithinAbs(0.15, 1e-12));
    CHECK(soft(-0.15, 10) == 0.0);  // ln(10/9) + 0.05 = 0.155361
    CHECK_THAT(soft(-0.3, 10), WithinAbs(-0.144639, 1e-6));
    CHECK(soft(-5, 1) == 0.0);  // from one replica only activation leads down
}

TEST_CASE("a wish of four is four, not a hair above it", "[pid]") {
    const int n = GENERATE(1, 3, 4, 7, 29, 1000, 99'999);
    CHECK(rounded_up(replicas_of(std::log(n))) == n);
    CHECK(replicas_of(std::log(n)) == n);
}

TEST_CASE("pid starts and takes over without a jump", "[pid]") {
    Bench bench{on_cpu()};
    bench.seen.rebased = true;
    bench.sample(0.95);
    CHECK(bench.tick().replicas == 10.0);
    bench.size(20);  // somebody else
    bench.seen.rebased = true;
    CHECK(bench.tick(5s).replicas == 20.0);
}

TEST_CASE("one replica at full utilization is too few", "[pid]") {
    Bench bench{on_cpu()};
    bench.size(1);
    bench.sample(1.0);
    bench.tick();
    // theta = 15 s (half the window), Ti = 30 s, error ln(1/0.7) - 0.05 = 0.306675, 5 s of it.
    const auto proposal = bench.tick(5s);
    CHECK(proposal.kind == ProposalKind::wish);
    CHECK_THAT(term(proposal, Term::i), WithinAbs(0.306675 * 5 / 30, 1e-6));
    CHECK_THAT(proposal.replicas, WithinAbs(std::exp(0.306675 * 5 / 30), 1e-6));
}

TEST_CASE("the P step comes with a new sample, once", "[pid]") {
    Bench bench{on_cpu()};
    bench.sample(0.7);
    CHECK(bench.tick().replicas == 10.0);
    bench.now += 15s;
    bench.sample(1.0);
    const auto stepped = bench.tick();
    CHECK_THAT(term(stepped, Term::p), WithinAbs(0.306675, 1e-6));
    CHECK_THAT(stepped.replicas, WithinAbs(13.589, 1e-3));  // 10 exp(0.306675)
    CHECK(stepped.reason.code == Code::pid);
    bench.seen.replicas = bench.seen.accepted = 14;
    bench.seen.since_order = 0s;
    const auto later = bench.tick(5s);  // same sample: 14 replicas hold 14.29 within the zone
    CHECK(term(later, Term::p) == 0.0);
    CHECK(later.replicas == stepped.replicas);
}

TEST_CASE("what its own step does to the utilization is not answered", "[pid]") {
    Bench bench{on_cpu()};
    bench.sample(0.7);
    bench.tick();
    bench.now += 15s;
    bench.sample(1.0);
    const double wished = bench.tick().replicas;
    bench.size(14);
    bench.now += 15s;
    bench.sample(10.0 / 14);  // the same work on more replicas
    CHECK_THAT(bench.tick().replicas, WithinAbs(wished, 1e-9));
}

TEST_CASE("a filter takes noise off the measurement", "[pid]") {
    auto settings = on_cpu();
    settings.filter_time = 15s;
    Bench bench{settings};
    bench.sample(0.7);
    bench.tick();
    bench.now += 15s;
    bench.sample(0.9);  // a = 15 / (15 + 15): 0.8
    CHECK_THAT(term(bench.tick(), Term::filtered), WithinAbs(0.8, 1e-9));
}

TEST_CASE("steps down are gentler than steps up", "[pid]") {
    Bench bench{on_cpu()};
    bench.sample(0.7);
    bench.tick();
    bench.now += 15s;
    bench.sample(0.35);  // ln(0.5) + 0.155361 = -0.537787, times 0.4
    const auto proposal = bench.tick();
    CHECK_THAT(term(proposal, Term::p), WithinAbs(-0.537787 * 0.4, 1e-6));
}

TEST_CASE("at the upper bound nothing winds up", "[pid]") {
    Bench bench{on_cpu()};
    bench.seen.bounds = {1, 12};
    bench.size(12);
    bench.sample(3.0);
    for (int i = 0; i < 200; ++i) CHECK(bench.tick(5s).replicas <= 12.0);
    bench.now += 15s;
    bench.sample(0.5);  // needs 8.6
    const auto proposal = bench.tick();
    CHECK(proposal.replicas < 12.0);
}

TEST_CASE("a wish that is refused leaks to the size in force", "[pid]") {
    Bench bench{on_cpu()};
    bench.sample(0.7);
    bench.tick();
    bench.now += 15s;
    bench.sample(1.4);
    CHECK(bench.tick().replicas > 18.0);
    bench.seen.limited = true;  // a quota keeps it at 10, and 10 are still overloaded
    for (int i = 0; i < 60; ++i) bench.tick(5s);
    CHECK(bench.tick(5s).replicas < 18.0);
    bench.now += 15s;
    bench.sample(0.5);  // the load goes: the way down starts from 10
    const auto down = bench.tick();
    CHECK(term(down, Term::back_calculation) < 0);
    CHECK(down.replicas < 10.0);
}

TEST_CASE("kept higher by another policy, it neither winds down for ever nor wakes late", "[pid]") {
    Bench bench{on_cpu()};
    bench.size(20);
    for (int i = 0; i < 100; ++i) {
        bench.sample(0.35);  // the work of 10 at the setpoint
        const double wished = bench.tick(15s).replicas;
        CHECK(wished >= 10.0 - 1e-9);
    }
    bench.sample(0.875);  // the work of 25
    CHECK(bench.tick(15s).replicas > 20.0);

    Bench latency{on_latency()};
    latency.size(20);
    for (int i = 0; i < 1000; ++i) {
        latency.sample(0.05);
        CHECK(latency.tick(15s).replicas > 10.0);
    }
    latency.sample(0.5);
    CHECK(latency.tick(15s).replicas > 20.0);
}

TEST_CASE("the integral goes no further than what was asked for while replicas start", "[pid]") {
    Bench bench{on_cpu()};
    bench.size(10);
    bench.sample(1.0);
    bench.tick();
    bench.seen.replicas = bench.seen.accepted = 12;
    bench.seen.since_order = 5s;
    for (int i = 0; i < 10; ++i) CHECK(bench.tick(5s).replicas <= 12.0);
    bench.seen.since_order = 61s;  // past the 99th percentile they are not counted on any more
    bench.tick(5s);
    CHECK(bench.tick(5s).replicas > 12.0);
}

TEST_CASE("missing data holds, and its return is no kick", "[pid]") {
    Bench bench{on_cpu()};
    bench.sample(0.7);
    bench.tick();
    bench.readings[0].state = SignalState::stale;
    bench.readings[0].trouble = Code::stale;
    const auto held = bench.tick(60s);
    CHECK(held.kind == ProposalKind::hold);
    CHECK(held.reason.code == Code::stale);
    bench.sample(1.0);
    CHECK(bench.tick(5s).replicas == 10.0);
}

TEST_CASE("a derivative answers to the slope and fades", "[pid]") {
    auto settings = on_cpu();
    settings.derivative_time = 30s;
    Bench bench{settings};
    bench.sample(0.7);
    bench.tick();
    bench.now += 15s;
    bench.sample(0.75);
    // slope ln(75/70)/15 = 0.0046, filtered by 15 / (30/10 + 15), times Kc Td = 30.
    CHECK_THAT(term(bench.tick(), Term::d), WithinAbs(30 * std::log(0.75 / 0.7) / 15 * 15 / 18, 1e-6));
    bench.now += 15s;
    bench.sample(0.75);
    CHECK(term(bench.tick(), Term::d) < 0);
}

TEST_CASE("per-pod readings are a share of what the pods request", "[pid]") {
    Bench bench{on_cpu()};
    std::vector<Pod> pods(2);
    std::vector<PodReading> of_pods(2);
    for (std::size_t i = 0; i < 2; ++i) {
        pods[i].id = of_pods[i].pod = PodId{i + 1};
        pods[i].ready = true;
        pods[i].requests.cpu = 0.5;
    }
    of_pods[0].value = 0.5;
    of_pods[1].value = 0.2;  // 0.7 of 1.0 cores
    bench.size(2);
    bench.sample(0);
    bench.readings[0].kind = SampleKind::pods;
    bench.readings[0].pods = of_pods;
    bench.seen.pods = pods;
    CHECK_THAT(term(bench.tick(), Term::measured), WithinAbs(0.7, 1e-12));
    pods[1].requests.cpu.reset();
    ++bench.readings[0].sequence;
    CHECK(bench.tick(5s).reason.code == Code::no_requests);
}

TEST_CASE("a restart goes on where it was", "[pid]") {
    Bench bench{on_cpu()};
    bench.sample(0.7);
    bench.tick();
    bench.now += 15s;
    bench.sample(1.0);
    bench.tick();
    std::string saved;
    Encoder encoder{saved};
    bench.policy->bind_state(encoder);
    CHECK(saved.size() < 4096);
    const auto expected = bench.tick(5s);
    bench.build();
    Decoder decoder{saved};
    bench.policy->bind_state(decoder);
    CHECK(decoder.ok());
    bench.now -= 5s;
    const auto resumed = bench.tick(5s);
    CHECK(resumed.replicas == expected.replicas);
    CHECK(term(resumed, Term::i) == term(expected, Term::i));
}

TEST_CASE("pid settings that make no sense are refused", "[pid]") {
    Bench bench{on_cpu()};
    const auto complaints = [&](PidSettings settings) {
        Diagnostics out;
        validate(settings, bench.spec, out);
        return out.complaints().size();
    };
    CHECK(complaints(bench.held) == 0);
    auto bad = bench.held;
    bad.signal = "nothing";
    CHECK(complaints(bad) == 1);
    CHECK_FALSE(make(bad, bench.spec));
    bad = bench.held;
    bad.setpoint = GENERATE(0.0, -1.0, std::nan(""), HUGE_VAL, 70.0);
    CHECK(complaints(bad) >= 1);
    bad = bench.held;
    bad.utilization = "other";
    CHECK(complaints(bad) == 1);
}
