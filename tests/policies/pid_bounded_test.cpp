// SPDX-License-Identifier: Apache-2.0
// Signals that do not fall in proportion to the size: latency, queues.
#include <catch2/catch.hpp>
#include <cmath>

#include "policies/combine.hpp"
#include "tests/policies/pid_bench.hpp"

using namespace setpoint;
using Catch::Matchers::WithinAbs;

TEST_CASE("a latency far below its setpoint brings the size down slowly", "[pid]") {
    Bench bench{on_latency()};
    bench.sample(0.06, 60s);
    CHECK(bench.tick().replicas == 10.0);
    // theta = 30 + 30, tau = 30 + 20, Kc = 50/120, Ti = 50; the error is clamped to -0.1.
    const auto proposal = bench.tick(30s);
    CHECK_THAT(term(proposal, Term::error), WithinAbs(-0.1, 1e-12));
    CHECK_THAT(term(proposal, Term::i), WithinAbs(-0.025, 1e-9));
    CHECK_THAT(proposal.replicas, WithinAbs(10 * std::exp(-0.025), 1e-9));
}

TEST_CASE("a latency far above its setpoint steps up by a bounded error, and does not give the step back", "[pid]") {
    Bench bench{on_latency()};
    bench.sample(0.25, 60s);
    bench.tick();
    bench.now += 30s;
    bench.sample(0.5, 60s);
    // Samples 30 s apart: theta = 30 + 15 (the start-up is no part of the way up), tau = 30 + 15, Kc = 45/90; ln 2 - 0.05 = 0.643147.
    const auto up = bench.tick();
    CHECK_THAT(term(up, Term::p), WithinAbs(0.643147 / 2, 1e-6));
    bench.now += 30s;
    bench.sample(50.0, 60s);
    CHECK_THAT(term(bench.tick(), Term::p), WithinAbs((0.7 - 0.643147) / 2, 1e-6));
    bench.now += 30s;
    bench.sample(0.25, 60s);
    CHECK(term(bench.tick(), Term::p) == 0.0);
}

TEST_CASE("a latency that moves up and down below its setpoint adds no replica", "[pid]") {
    Bench bench{on_latency()};
    for (int turn = 0; turn < 5; ++turn) {
        bench.sample(0.06, 60s);
        bench.tick();
        bench.now += 30s;
        bench.sample(0.24, 60s);
        CHECK(term(bench.tick(), Term::p) == 0.0);
        bench.now += 30s;
    }
}

TEST_CASE("a latency that swings above its setpoint is answered once, and again when that is long ago", "[pid]") {
    Bench bench{on_latency()};
    double answered = 0;
    const auto swing = [&](double value, Duration later = 30s) {
        bench.now += later;
        bench.sample(value, 60s);
        answered += term(bench.tick(), Term::p);
    };
    bench.sample(0.25, 60s);
    bench.tick();
    swing(0.5);
    CHECK_THAT(answered, WithinAbs(0.643147 / 2, 1e-6));
    // Kept for 4 Ti = 180 s: after a sample at the setpoint 5/6 of ln 2 are left, 0.115525 below it and so the share of a swing that counts.
    swing(0.25);
    swing(0.5);
    CHECK_THAT(answered, WithinAbs((0.643147 + 0.115525) / 2, 1e-6));
    // A quarter of an hour later it is a new one.
    swing(0.25);
    swing(0.25, 15min);
    swing(0.5);
    CHECK_THAT(answered, WithinAbs((0.643147 + 0.115525 + 0.643147) / 2, 1e-6));
}

TEST_CASE("no step down while one replica fewer would be busy", "[pid]") {
    auto settings = on_latency();
    settings.utilization = "cpu";
    Bench bench{settings};
    bench.readings[0].state = SignalState::fresh;
    bench.readings[0].kind = SampleKind::pods_mean;
    bench.readings[0].mean_ready = 10;
    bench.readings[0].value = 0.78;  // 0.867 with nine
    bench.sample(0.06);
    bench.tick();
    const auto busy = bench.tick(60s);
    CHECK(busy.reason.code == Code::pid_busy);
    CHECK_THAT(busy.reason.args[0], WithinAbs(0.78 * 10 / 9, 1e-9));
    CHECK(busy.replicas == 10.0);
    bench.readings[0].value = 0.5;
    CHECK(bench.tick(60s).replicas < 10.0);
    bench.readings[0].state = SignalState::stale;  // unknown is not idle
    bench.readings[0].trouble = Code::stale;
    const double kept = bench.tick(60s).replicas;
    CHECK(bench.tick(60s).replicas == kept);
}

TEST_CASE("two steps up without improvement are enough", "[pid]") {
    Bench bench{on_latency()};
    bool stopped = false;
    Replicas most = 10;
    for (int i = 0; i < 80; ++i) {
        bench.sample(1.0);  // a slow dependency: whatever the size
        const auto proposal = bench.tick(15s);
        stopped = stopped || proposal.reason.code == Code::pid_ineffective;
        if (stopped && i < 40) CHECK(rounded_up(proposal.replicas) <= bench.seen.replicas);
        bench.size(std::max(bench.seen.replicas, rounded_up(proposal.replicas)));
        most = bench.seen.replicas;
        if (stopped) break;
    }
    CHECK(stopped);
    CHECK(most < 30);
}

TEST_CASE("an empty queue is a number like any other", "[pid]") {
    auto settings = on_latency();
    settings.setpoint = 100;
    Bench bench{settings};
    bench.spec.signals[1].dimension = Dimension::none;
    bench.sample(0);  // ln((0 + 100) / (100 + 100)) = -0.69
    bench.tick();
    const auto proposal = bench.tick(30s);
    CHECK(proposal.kind == ProposalKind::wish);
    CHECK_THAT(term(proposal, Term::error), WithinAbs(-0.1, 1e-12));
    CHECK(proposal.replicas < 10.0);
}

TEST_CASE("an inverse signal calls for replicas when it falls", "[pid]") {
    auto settings = on_latency();
    settings.inverse = true;
    settings.setpoint = 50;  // free workers, say
    Bench bench{settings};
    bench.spec.signals[1].dimension = Dimension::none;
    bench.sample(50);
    bench.tick();
    bench.now += 15s;
    bench.sample(5);
    CHECK(bench.tick().replicas > 10.0);
}

TEST_CASE("without traffic a latency lets the size shrink gently", "[pid]") {
    Bench bench{on_latency()};
    bench.sample(0.25);
    bench.tick();
    bench.readings[1].state = SignalState::idle;
    bench.readings[1].trouble = Code::idle;
    bench.tick(30s);
    const auto proposal = bench.tick(30s);
    CHECK(proposal.reason.code == Code::idle);
    CHECK(proposal.replicas < 10.0);
    CHECK(proposal.replicas > 9.0);
}
