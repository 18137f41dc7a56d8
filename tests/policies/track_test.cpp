// SPDX-License-Identifier: Apache-2.0
#include "policies/track.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "policies/spec.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;

namespace {

const Time kNow = at_unix(1'700'000'000);

ScalingSpec spec_of_signals() {
    ScalingSpec spec;
    spec.signals.push_back({.name = "cpu", .dimension = Dimension::cores, .per_pod = true});
    spec.signals.push_back({.name = "rate", .dimension = Dimension::rate});
    spec.signals.push_back({.name = "p95", .dimension = Dimension::time});
    spec.signals.push_back({.name = "sessions", .per_pod = true});
    return spec;
}

TrackSettings on(std::string signal) {
    TrackSettings settings;
    settings.signal = std::move(signal);
    return settings;
}

struct Scene {
    ScalingSpec spec = spec_of_signals();
    TrackSettings settings;
    std::vector<Pod> pods;
    std::vector<PodReading> values;
    std::vector<Reading> readings = std::vector<Reading>(4);
    Observation seen;

    Scene(TrackSettings what, Replicas replicas, Replicas ready) : settings(std::move(what)) {
        seen.now = kNow;
        seen.replicas = seen.status = seen.accepted = replicas;
        seen.ready = ready;
        seen.start_p99 = 60s;
        seen.since_order = 1h;
    }
    void sample(double value, double mean_ready, double harmonic_ready) {
        auto& reading = readings[index(*spec.find_signal(settings.signal))];
        reading.state = SignalState::fresh;
        reading.kind = settings.signal == "cpu" ? SampleKind::pods_mean : SampleKind::scalar;
        reading.value = value;
        reading.mean_ready = mean_ready;
        reading.harmonic_ready = harmonic_ready;
    }
    void sample(double value) { sample(value, seen.ready, seen.ready); }
    /// One pod more; nothing for `usage`: no sample of it.
    void pod(bool ready, std::optional<double> usage, std::optional<double> request = 1.0) {
        Pod out;
        out.id = PodId{pods.size() + 1};
        out.ready = ready;
        out.started_at = out.ready_changed = kNow - 1h;
        out.requests.cpu = request;
        pods.push_back(out);
        if (usage) values.push_back({out.id, *usage, kNow, 30s});
    }
    Proposal answer() {
        auto policy = make(settings, spec);
        REQUIRE(policy);
        if (!pods.empty()) {
            auto& reading = readings[index(*spec.find_signal(settings.signal))];
            reading.state = SignalState::fresh;
            reading.kind = SampleKind::pods;
            reading.pods = values;
            seen.pods = pods;
        }
        seen.signals = readings;
        return (*policy)->propose(seen);
    }
};

Scene cpu(Replicas replicas, Replicas ready) {
    auto settings = on("cpu");
    settings.utilization = 0.5;
    return {settings, replicas, ready};
}
Scene rate(double per_replica, Replicas replicas) {
    auto settings = on("rate");
    settings.average_value = per_replica;
    return {settings, replicas, replicas};
}

}  // namespace

TEST_CASE("a share of the request asks in proportion", "[track]") {
    auto scene = cpu(10, 10);
    scene.sample(0.8);
    const auto up = scene.answer();
    CHECK(up.kind == ProposalKind::wish);
    CHECK_THAT(up.replicas, WithinAbs(16, 1e-9));
    CHECK(up.reason.code == Code::ratio);
    CHECK_THAT(up.reason.args[2], WithinAbs(1.6, 1e-9));
    scene.sample(0.2);
    CHECK_THAT(scene.answer().replicas, WithinAbs(4, 1e-9));
}

TEST_CASE("within the tolerance the size is right", "[track]") {
    auto scene = cpu(10, 10);
    for (const double value : {0.45, 0.5, 0.55}) {
        scene.sample(value);
        CHECK(scene.answer().replicas == 10);
        CHECK(scene.answer().reason.code == Code::within_tolerance);
    }
    scene.sample(0.56);
    CHECK(scene.answer().replicas > 11);
    scene.settings.tolerance = 0.2;
    CHECK(scene.answer().replicas == 10);
}

TEST_CASE("each direction may have its own tolerance, a policy's own goes before", "[track]") {
    auto scene = cpu(10, 10);
    scene.spec.behavior.emplace();
    scene.spec.behavior->scale_down.tolerance = 0.4;
    scene.spec.behavior->scale_up.tolerance = 0.05;
    scene.sample(0.53);
    CHECK(scene.answer().replicas > 10);
    scene.sample(0.35);
    CHECK(scene.answer().replicas == 10);
    scene.settings.tolerance = 0.1;
    CHECK_THAT(scene.answer().replicas, WithinAbs(7, 1e-9));
}

TEST_CASE("a sample weighs with the replicas of its own window", "[track]") {
    auto scene = cpu(20, 20);
    scene.sample(1.0, 10, 10);  // measured when ten served
    CHECK(scene.answer().replicas == 20);
    scene.sample(1.4, 10, 10);
    CHECK_THAT(scene.answer().replicas, WithinAbs(28, 1e-9));
}

TEST_CASE("a window in which replicas came says only between which sizes the need lies", "[track]") {
    // Ten for half of it, then twenty: the mean is 15, the harmonic mean 13.3. Twenty were needed throughout.
    auto scene = cpu(20, 20);
    scene.sample(0.75, 15, 40.0 / 3);
    CHECK(scene.answer().replicas == 20);
    CHECK(scene.answer().reason.code == Code::fill_within);
}

TEST_CASE("the shortage is asked for once while replicas start", "[track]") {
    auto scene = cpu(20, 10);
    scene.seen.since_order = 10s;
    scene.sample(1.0);
    CHECK(scene.answer().replicas == 20);
    scene.sample(0.8);  // those that serve still have too much to do: no reason to shrink
    CHECK(scene.answer().replicas == 20);
    CHECK(scene.answer().reason.code == Code::fill_reversed);
}

TEST_CASE("what does not start in time no longer counts as being there", "[track]") {
    auto scene = cpu(20, 15);
    scene.sample(0.7);  // 21 needed
    scene.seen.since_order = 10s;
    CHECK(scene.answer().replicas == 20);
    scene.seen.since_order = 2min;
    CHECK_THAT(scene.answer().replicas, WithinAbs(21, 1e-9));
}

TEST_CASE("an average value needs no replicas to divide by", "[track]") {
    auto scene = rate(50, 4);
    scene.sample(620);
    CHECK_THAT(scene.answer().replicas, WithinAbs(12.4, 1e-9));
    scene.sample(205);
    CHECK(scene.answer().replicas == 4);
    auto empty = rate(50, 0);
    empty.sample(120);
    CHECK_THAT(empty.answer().replicas, WithinAbs(2.4, 1e-9));
    empty.sample(0);
    CHECK(empty.answer().replicas == 0);
}

TEST_CASE("a total value scales the replicas of its window", "[track]") {
    auto settings = on("p95");
    settings.value = 0.2;
    Scene scene{settings, 5, 5};
    scene.sample(0.3);
    CHECK_THAT(scene.answer().replicas, WithinAbs(7.5, 1e-9));
    Scene none_ready{settings, 5, 0};
    none_ready.sample(0.3);
    CHECK(none_ready.answer().kind == ProposalKind::hold);
    CHECK(none_ready.answer().reason.code == Code::no_ready_pods);
    Scene at_zero{settings, 0, 0};
    at_zero.sample(0.3);
    CHECK_THAT(at_zero.answer().replicas, WithinAbs(1.5, 1e-9));
}

TEST_CASE("the utilization of pods is the ratio of sums", "[track]") {
    auto scene = cpu(3, 3);
    scene.pod(true, 0.9, 1);
    scene.pod(true, 0.9, 1);
    scene.pod(true, 0.6, 2);
    // 2.4 of 4 cores is 60 %, 1.2 times the goal, on three.
    CHECK_THAT(scene.answer().replicas, WithinAbs(3.6, 1e-9));
}

TEST_CASE("a pod without a sample is taken the safe way in both directions", "[track]") {
    auto scene = cpu(4, 4);
    for (const double usage : {0.3, 0.3, 0.3}) scene.pod(true, usage);
    scene.pod(true, {});
    CHECK_THAT(scene.answer().replicas, WithinAbs(2.8, 1e-9));  // three at 0.6 of the goal, one at it
    for (auto& value : scene.values) value.value = 0.6;
    CHECK(scene.answer().replicas == 4);  // 3.6 or 4.6
    for (auto& value : scene.values) value.value = 0.9;
    CHECK_THAT(scene.answer().replicas, WithinAbs(5.4, 1e-9));  // the missing one at nothing
}

TEST_CASE("what pods did that are gone since falls to those that are left", "[track]") {
    auto scene = cpu(6, 6);
    for (int i = 0; i < 6; ++i) scene.pod(true, 0.33);
    scene.readings[0].mean_ready = 9;  // in the window of the sample nine did 0.33 each: six at 0.495
    CHECK(scene.answer().replicas == 6);
    scene.readings[0].mean_ready = 6;  // measured on six: 6 * 0.33 / 0.5
    CHECK_THAT(scene.answer().replicas, WithinAbs(3.96, 1e-9));
}

TEST_CASE("a pod that starts adds no load and is no reason to shrink", "[track]") {
    auto scene = cpu(3, 2);
    scene.seen.since_order = 5s;
    scene.pod(true, 0.6);
    scene.pod(true, 0.6);
    scene.pod(false, 1.0);
    scene.pods.back().started_at = scene.pods.back().ready_changed = kNow - 5s;
    CHECK(scene.answer().replicas == 3);
    CHECK(scene.answer().reason.code == Code::fill_reversed);
}

TEST_CASE("what a signal cannot say is held", "[track]") {
    auto no_requests = cpu(2, 2);
    no_requests.pod(true, 0.5, std::nullopt);
    CHECK(no_requests.answer().reason.code == Code::no_requests);
    CHECK(no_requests.answer().kind == ProposalKind::hold);

    auto no_samples = cpu(2, 2);
    no_samples.pod(true, {});
    CHECK(no_samples.answer().reason.code == Code::no_pods);

    auto stale = cpu(2, 2);
    stale.readings[0].state = SignalState::stale;
    stale.readings[0].trouble = Code::stale;
    CHECK(stale.answer().kind == ProposalKind::hold);
    CHECK(stale.answer().reason.code == Code::stale);
}

TEST_CASE("at zero replicas a signal of the pods has no objection", "[track]") {
    auto scene = cpu(0, 0);
    scene.sample(0.8);
    CHECK(scene.answer().kind == ProposalKind::none);
}

TEST_CASE("an idle amount asks for nothing, an idle latency has nothing to say", "[track]") {
    auto amount = rate(50, 4);
    amount.readings[1].state = SignalState::idle;
    CHECK(amount.answer().kind == ProposalKind::wish);
    CHECK(amount.answer().replicas == 0);
    auto settings = on("p95");
    settings.value = 0.2;
    Scene latency{settings, 4, 4};
    latency.readings[2].state = SignalState::idle;
    CHECK(latency.answer().kind == ProposalKind::none);
}

TEST_CASE("more load never asks for fewer, and the same sample always for the same", "[track]") {
    std::mt19937 random{3};
    std::uniform_int_distribution<int> number{1, 30};
    for (int round = 0; round < 300; ++round) {
        const Replicas replicas = number(random);
        auto scene = cpu(replicas, std::min(replicas, number(random)));
        scene.seen.since_order = round % 2 == 0 ? 10s : 10min;
        double before = 0;
        for (double value = 0; value < 2; value += 0.01) {
            scene.sample(value);
            const auto proposal = scene.answer();
            CHECK(proposal.replicas >= before);
            CHECK(proposal.replicas == scene.answer().replicas);
            before = proposal.replicas;
        }
    }
}

TEST_CASE("settings that make no sense are refused", "[track]") {
    const auto complaint = [](const TrackSettings& settings) {
        Diagnostics out;
        validate(settings, spec_of_signals(), out);
        std::string all;
        for (const auto& entry : out.complaints()) all += entry.path + ": " + entry.message + "\n";
        return all;
    };
    auto settings = on("cpu");
    CHECK_THAT(complaint(settings), Contains("exactly one of"));
    settings.utilization = 0.7;
    CHECK(complaint(settings).empty());
    settings.value = 3;
    CHECK_THAT(complaint(settings), Contains("has several"));
    CHECK_THAT(complaint(settings), Contains("one for each pod"));
    auto unknown = on("gpu");
    unknown.value = 3;
    CHECK_THAT(complaint(unknown), Contains("signal: ") && Contains("cpu, rate, p95, sessions") && Contains("'gpu'"));
    auto scalar = on("rate");
    scalar.utilization = 0.5;
    CHECK_THAT(complaint(scalar), Contains("utilization: "));
    auto negative = on("rate");
    negative.value = -1;
    CHECK_THAT(complaint(negative), Contains("above 0"));
    negative.value = 1;
    negative.tolerance = 1.5;
    CHECK_THAT(complaint(negative), Contains("tolerance: must be 0% to 100%, was 150%"));
    CHECK_FALSE(make(unknown, spec_of_signals()));
}

TEST_CASE("a share of the limit, and of one container's request", "[track]") {
    auto scene = cpu(2, 2);
    scene.pod(true, 0.8);
    scene.pod(true, 0.8);
    for (auto& pod : scene.pods) {
        pod.limits.cpu = 4;
        pod.named = {{"app", {.cpu = 0.5}, {.cpu = 1}}};
    }
    SECTION("of the limit: 20 % of a goal of 50 %") {
        scene.spec.signals[0].of = Basis::limit;
        CHECK_THAT(scene.answer().replicas, WithinAbs(0.8, 1e-9));
    }
    SECTION("of the container's request: 160 %") {
        scene.spec.signals[0].container = "app";
        CHECK_THAT(scene.answer().replicas, WithinAbs(6.4, 1e-9));
    }
    SECTION("of the container's limit: 80 %") {
        scene.spec.signals[0].container = "app";
        scene.spec.signals[0].of = Basis::limit;
        CHECK_THAT(scene.answer().replicas, WithinAbs(3.2, 1e-9));
    }
    SECTION("a limit that is not stated") {
        scene.spec.signals[0].of = Basis::limit;
        scene.pods[1].limits.cpu.reset();
        const auto held = scene.answer();
        CHECK(held.kind == ProposalKind::hold);
        CHECK(held.reason.code == Code::no_limits);
        CHECK(held.reason.args[0] == 1);
    }
    SECTION("absolute, and no request is asked for") {
        scene.spec.signals[0].of = Basis::none;
        scene.settings.utilization.reset();
        scene.settings.average_value = 0.4;
        for (auto& pod : scene.pods) pod.requests.cpu.reset();
        CHECK_THAT(scene.answer().replicas, WithinAbs(4, 1e-9));
    }
}

TEST_CASE("what is absolute has no utilization", "[track]") {
    auto spec = spec_of_signals();
    spec.signals[0].of = Basis::none;
    auto settings = on("cpu");
    settings.utilization = 0.7;
    Diagnostics out;
    validate(settings, spec, out);
    REQUIRE(out.complaints().size() == 1);
    CHECK_THAT(out.complaints()[0].message, Contains("'cpu' is absolute: use averageValue"));
}
