// SPDX-License-Identifier: Apache-2.0
#include "policies/predictive.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "core/codec.hpp"
#include "policies/spec.hpp"
#include "tests/support/closed_loop.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using Catch::Matchers::WithinAbs;

namespace {

constexpr Time kMidnight = at_unix(1'700'006'400);

/// One predictive policy on requests per second, 100 a replica, fed by hand.
struct Bench {
    explicit Bench(PredictiveSettings settings = {"requests", 100, {}, 0}) {
        spec.signals.resize(1);
        spec.signals[0].name = "requests";
        spec.signals[0].dimension = Dimension::rate;
        auto made = make(settings, spec);
        REQUIRE(made);
        policy = std::move(*made);
        readings.resize(1);
        seen.replicas = seen.ready = seen.accepted = 4;
        seen.lead = 5min;
    }

    Proposal see(Time at, double value) {
        auto& reading = readings[0];
        reading.state = SignalState::fresh;
        reading.trouble = Code::none;
        reading.kind = SampleKind::scalar;
        reading.value = value;
        reading.measured = at;
        ++reading.sequence;
        return look(at);
    }

    Proposal look(Time at) {
        seen.now = at;
        seen.signals = readings;
        return policy->propose(seen);
    }

    /// A day: 100/s, from 8 to 9 in the morning 1,000/s.
    Proposal day(Time midnight) {
        Proposal last;
        for (Duration t = 1min; t <= 24h; t += 1min) last = see(midnight + t, t > 8h && t <= 9h ? 1000 : 100);
        return last;
    }

    ScalingSpec spec;
    std::unique_ptr<Policy> policy;
    std::vector<Reading> readings;
    Observation seen;
};

ScalingSpec shop(bool with_forecast) {
    ScalingSpec spec;
    spec.name = "shop";
    spec.replicas = {2, 200};
    spec.interval = 15s;
    spec.signals.resize(2);
    spec.signals[0].name = "cpu";
    spec.signals[0].per_pod = true;
    spec.signals[0].dimension = Dimension::cores;
    spec.signals[1].name = "requests";
    spec.signals[1].dimension = Dimension::rate;
    TrackSettings track;
    track.signal = "cpu";
    track.utilization = 0.7;
    spec.policies.push_back({"", track});
    if (with_forecast) spec.policies.push_back({"", PredictiveSettings{"requests", 70, {}, 0.1}});
    return spec;
}

/// Six replicas' worth by night, thirty by day; the way up takes from 8:00 to 8:20.
double working_day(double t) {
    const double hour = std::fmod(t, 86'400) / 3600;
    const auto ramp = [&](double from) { return std::clamp((hour - from) * 3, 0.0, 1.0); };
    return 6 + 24 * (ramp(8) - ramp(20));
}

}  // namespace

TEST_CASE("a forecast says nothing before it has seen a day", "[predictive]") {
    Bench bench;
    for (Duration t = 1min; t < 24h; t += 1min) {
        const auto proposal = bench.see(kMidnight + t, 100);
        REQUIRE(proposal.kind == ProposalKind::none);
        REQUIRE(proposal.reason.code == Code::forecast_warming);
    }
    CHECK(bench.look(kMidnight + 24h).reason.args[0] == 1435);  // the last five minutes are not over
    CHECK(bench.look(kMidnight + 24h).reason.args[1] == 1440);
    CHECK(bench.see(kMidnight + 24h, 100).kind == ProposalKind::floor);
}

TEST_CASE("the floor is the highest forecast until new replicas would serve", "[predictive]") {
    Bench bench;
    bench.day(kMidnight);
    bench.see(kMidnight + 24h + 1min, 100);
    const auto tomorrow = kMidnight + 24h;
    for (Duration t = 2min; t <= 7h + 30min; t += 1min) bench.see(tomorrow + t, 100);
    auto proposal = bench.look(tomorrow + 7h + 30min);
    CHECK(proposal.kind == ProposalKind::floor);
    CHECK_THAT(proposal.replicas, WithinAbs(1.0, 0.05));
    bench.seen.lead = 50min;  // 8:20 is within sight
    proposal = bench.look(tomorrow + 7h + 30min);
    CHECK_THAT(proposal.replicas, WithinAbs(10.0, 0.1));
    CHECK(proposal.reason.code == Code::forecast);
    CHECK(proposal.reason.args[1] == 3000.0);
}

TEST_CASE("headroom and a stated horizon are kept", "[predictive]") {
    Bench bench{{"requests", 50, 10min, 0.2}};
    for (Duration t = 1min; t <= 24h + 5min; t += 1min) bench.see(kMidnight + t, 100);
    const auto proposal = bench.look(kMidnight + 24h + 5min);
    CHECK_THAT(proposal.replicas, WithinAbs(2.4, 1e-4));  // 100 x 1.2 / 50
    CHECK(proposal.reason.args[1] == 600.0);
}

TEST_CASE("without data the floor stands, then holds", "[predictive]") {
    Bench bench;
    for (Duration t = 1min; t <= 24h + 8h + 30min; t += 1min) {
        const Duration of_day = t % 24h;
        bench.see(kMidnight + t, of_day > 8h && of_day <= 9h ? 1000 : 100);
    }
    const auto half_past_eight = kMidnight + 24h + 8h + 30min;
    const double floor = bench.look(half_past_eight).replicas;
    bench.readings[0].state = SignalState::stale;
    bench.readings[0].trouble = Code::stale;
    const auto blind = bench.look(half_past_eight + 29min);
    CHECK(blind.kind == ProposalKind::floor);
    CHECK(blind.replicas >= floor);
    const auto held = bench.look(half_past_eight + 31min);
    CHECK(held.kind == ProposalKind::hold);
    CHECK(held.reason.code == Code::stale);
}

TEST_CASE("a restart forecasts the same", "[predictive]") {
    Bench bench;
    bench.day(kMidnight);
    bench.see(kMidnight + 24h + 7min, 130);
    std::string saved;
    Encoder encoder{saved};
    bench.policy->bind_state(encoder);
    Bench resumed;
    resumed.readings = bench.readings;
    Decoder decoder{saved};
    resumed.policy->bind_state(decoder);
    REQUIRE(decoder.ok());
    for (Duration t = 24h + 8min; t < 27h; t += 1min) {
        REQUIRE(resumed.see(kMidnight + t, 120).replicas == bench.see(kMidnight + t, 120).replicas);
    }
}

TEST_CASE("a signal never seen holds", "[predictive]") {
    Bench bench;
    CHECK(bench.look(kMidnight).kind == ProposalKind::hold);
}

TEST_CASE("predictive settings that make no sense are refused", "[predictive]") {
    Bench bench;
    const auto complaints = [&](const PredictiveSettings& settings) {
        Diagnostics out;
        validate(settings, bench.spec, out);
        return out.complaints().size();
    };
    CHECK(complaints({"requests", 100, {}, 0.1}) == 0);
    CHECK(complaints({"nothing", 100, {}, 0.1}) == 1);
    CHECK(complaints({"requests", 0, {}, 0.1}) == 1);
    CHECK(complaints({"requests", std::nan(""), {}, 0.1}) == 1);
    CHECK(complaints({"requests", 100, 0s, 0.1}) == 1);
    CHECK(complaints({"requests", 100, {}, -0.1}) == 1);
    CHECK_FALSE(make(PredictiveSettings{"nothing", 1, {}, 0}, bench.spec));
}

TEST_CASE("with ten minutes of start-up the morning finds its replicas there", "[predictive][closed_loop]") {
    PlantModel plant;
    plant.demand = working_day;
    plant.initial = 9;
    plant.startup = 10min;
    plant.step = 5s;
    plant.patience = 5;
    const auto reactive = simulate(plant, shop(false), 72h);
    const auto ahead = simulate(plant, shop(true), 72h);
    const Duration from = 48h + 7h;  // the third morning
    const Duration until = 48h + 10h;
    CHECK(reactive.overloaded(from, until) > 0.02);
    CHECK(ahead.overloaded(from, until) == 0.0);
    // And by night it costs nothing.
    CHECK(ahead.mean_size(48h + 1h, 48h + 6h) <= reactive.mean_size(48h + 1h, 48h + 6h) + 1);
}

TEST_CASE("a changed request changes nothing that was learnt", "[predictive]") {
    ScalingSpec spec;
    spec.signals.push_back({.name = "cpu", .dimension = Dimension::cores, .per_pod = true});
    auto policy = make(PredictiveSettings{"cpu", 0.5, {}, 0}, spec).value();
    std::vector<Pod> pods(2);
    std::vector<PodReading> values(2);
    for (std::size_t i = 0; i < 2; ++i) {
        pods[i].id = values[i].pod = PodId{i};
        pods[i].ready = true;
        pods[i].requests.cpu = 1;
        values[i].value = 0.5;
    }
    Reading reading;
    reading.state = SignalState::fresh;
    reading.kind = SampleKind::pods;
    reading.pods = values;
    reading.mean_ready = 2;
    Observation seen;
    seen.pods = pods;
    seen.replicas = seen.ready = 2;
    seen.lead = 5min;
    const auto look = [&](Time at) {
        reading.measured = seen.now = at;
        ++reading.sequence;
        seen.signals = std::span{&reading, 1};
        return policy->propose(seen);
    };
    Proposal last;
    for (Duration t = 1min; t <= 24h; t += 1min) last = look(kMidnight + t);
    // Two pods use half a core each: 1 core, of which a replica is to have half of what it requests.
    CHECK_THAT(last.replicas, WithinAbs(2, 0.05));
    for (auto& pod : pods) pod.requests.cpu = 2;
    CHECK_THAT(look(kMidnight + 24h + 1min).replicas, WithinAbs(1, 0.025));
}

TEST_CASE("nothing is learnt in a rollout", "[predictive]") {
    Bench bench;
    bench.day(kMidnight);
    const auto before = bench.see(kMidnight + 24h + 1min, 100).replicas;
    bench.seen.rolling_out = true;
    for (Duration t = 2min; t <= 2h; t += 1min) bench.see(kMidnight + 24h + t, 5000);
    CHECK_THAT(bench.see(kMidnight + 26h + 1min, 5000).replicas, WithinAbs(before, 0.5));
}
