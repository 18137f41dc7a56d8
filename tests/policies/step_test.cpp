// SPDX-License-Identifier: Apache-2.0
#include "policies/step.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "policies/spec.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

StepBand band(std::optional<double> from, std::optional<double> to, std::string change) {
    return {from, to, std::move(change), {}};
}

ScalingSpec spec_with(StepSettings settings) {
    ScalingSpec spec;
    spec.name = "cart";
    spec.replicas = {1, 100};
    spec.signals.push_back({.name = "load"});
    spec.signals.push_back({.name = "cpu", .dimension = Dimension::cores, .per_pod = true});
    spec.policies.push_back({"", std::move(settings)});
    return spec;
}

/// Amazon's own example: 10 % up from 60, 30 % up from 70, 10 % down below 40, 30 % down below 30.
StepSettings amazon() {
    return {"load", {band(60, 70, "+10%"), band(70, {}, "30%"), band(30, 40, "-10%"), band({}, 30, "-30%")}};
}

std::unique_ptr<Policy> policy_of(const StepSettings& settings) {
    auto made = make(settings, spec_with(settings));
    REQUIRE(made);
    return std::move(*made);
}

/// What a policy sees: the last sample of `load`, taken at a mean of `mean_ready` replicas.
struct Scene {
    std::vector<Reading> readings = std::vector<Reading>(2);
    Observation seen;

    Scene(Replicas replicas, Replicas ready) {
        seen.replicas = seen.status = seen.accepted = replicas;
        seen.ready = ready;
        seen.start_p99 = 60s;
        seen.since_order = 10s;
    }
    const Observation& sample(double value, double mean_ready, std::uint64_t sequence) {
        readings[0] = {.state = SignalState::fresh,
                       .trouble = Code::none,
                       .kind = SampleKind::scalar,
                       .value = value,
                       .max_age = 45s,
                       .mean_ready = mean_ready,
                       .sequence = sequence};
        seen.signals = readings;
        return seen;
    }
};

std::vector<std::string> complaints(const StepSettings& settings) {
    Diagnostics out;
    validate(settings, spec_with(settings), out);
    std::vector<std::string> paths;
    for (const auto& complaint : out.complaints()) paths.push_back(complaint.path);
    return paths;
}

}  // namespace

TEST_CASE("a band changes the size by a share of it, rounded towards zero but never to nothing", "[step]") {
    struct Case {
        double load;
        Replicas size;
        double expected;
    };
    const auto [load, size, expected] = GENERATE(values<Case>({
        {60, 10, 11},  // 10 % of 10
        {65, 4, 5},    // 0.4 counts as one
        {70, 10, 13},  // the lower end belongs to the band
        {75, 9, 11},   // 2.7 counts as 2
        {50, 10, 10},  // in no band
        {40, 10, 10},  // the upper end does not
        {35, 10, 9},
        {29, 9, 7},  // -2.7 counts as -2
        {5, 2, 1},   // -0.6 counts as -1
    }));
    Scene scene{size, size};
    const auto proposal = policy_of(amazon())->propose(scene.sample(load, size, 1));
    CHECK(proposal.kind == ProposalKind::wish);
    CHECK(proposal.replicas == expected);
    CHECK(proposal.reason.code == (load >= 40 && load < 60 ? Code::no_band : Code::band));
}

TEST_CASE("a change may be a number of replicas, or a size", "[step]") {
    StepSettings settings{"load", {band(10, 20, "+2"), band({}, 5, "-3"), {20, {}, "", 40}}};
    Scene scene{7, 7};
    CHECK(policy_of(settings)->propose(scene.sample(12, 7, 1)).replicas == 9);
    CHECK(policy_of(settings)->propose(scene.sample(1, 7, 1)).replicas == 4);
    CHECK(policy_of(settings)->propose(scene.sample(1, 7, 1)).reason.args[1] == -3);
    CHECK(policy_of(settings)->propose(scene.sample(20, 7, 1)).replicas == 40);
    Scene small{2, 2};
    CHECK(policy_of(settings)->propose(small.sample(1, 2, 1)).replicas == 0);
}

TEST_CASE("one sample steps once, however often it is looked at", "[step]") {
    const auto policy = policy_of(amazon());
    Scene before{10, 10};
    CHECK(policy->propose(before.sample(65, 10, 1)).replicas == 11);
    Scene after{11, 11};
    CHECK(policy->propose(after.sample(65, 10, 1)).replicas == 11);
    CHECK(policy->propose(after.sample(65, 11, 2)).replicas == 12);
}

TEST_CASE("replicas that are starting count as the step they were ordered for", "[step]") {
    // Amazon's documentation: of 10, one was ordered at 60; at 70 the step is to 13, so two more are ordered.
    const auto policy = policy_of(amazon());
    Scene starting{11, 10};
    CHECK(policy->propose(starting.sample(62, 10, 1)).replicas == 11);
    CHECK(policy->propose(starting.sample(70, 10, 2)).replicas == 13);
    CHECK(policy->propose(starting.sample(35, 10, 3)).replicas == 11);  // and no step down meanwhile
}

TEST_CASE("a replica that did not serve for the whole window of the sample is not asked for again", "[step]") {
    const auto policy = policy_of(amazon());
    Scene scene{11, 11};
    CHECK(policy->propose(scene.sample(65, 10.4, 1)).replicas == 11);
    CHECK(policy->propose(scene.sample(65, 11, 2)).replicas == 12);
    Scene shrunk{9, 9};
    CHECK(policy->propose(shrunk.sample(35, 9.6, 3)).replicas == 9);
    CHECK(policy->propose(shrunk.sample(35, 9, 4)).replicas == 8);
}

TEST_CASE("replicas that have been starting for longer than starts take are no longer counted on", "[step]") {
    Scene scene{11, 10};
    scene.seen.since_order = 2min;
    CHECK(policy_of(amazon())->propose(scene.sample(65, 10, 1)).replicas == 12);
}

TEST_CASE("after somebody else's write the old sample has no say", "[step]") {
    const auto policy = policy_of(amazon());
    Scene before{10, 10};
    CHECK(policy->propose(before.sample(65, 10, 1)).replicas == 11);
    Scene after{20, 20};
    after.seen.rebased = true;
    CHECK(policy->propose(after.sample(65, 10, 1)).replicas == 20);
}

TEST_CASE("without a usable sample the step holds, and an idle signal has nothing to say", "[step]") {
    const auto policy = policy_of(amazon());
    Scene scene{10, 10};
    (void)scene.sample(65, 10, 1);
    scene.readings[0].state = SignalState::stale;
    scene.readings[0].trouble = Code::stale;
    CHECK(policy->propose(scene.seen).kind == ProposalKind::hold);
    scene.readings[0].state = SignalState::idle;
    CHECK(policy->propose(scene.seen).kind == ProposalKind::none);
}

TEST_CASE("a per-pod cpu signal counts as utilization of the request", "[step]") {
    const auto policy = policy_of({"cpu", {band(0.8, {}, "+1")}});
    std::vector<Pod> pods(2);
    pods[0].id = PodId{1};
    pods[1].id = PodId{2};
    pods[0].requests.cpu = pods[1].requests.cpu = 0.5;
    pods[0].ready = pods[1].ready = true;
    const std::vector<PodReading> values{{PodId{1}, 0.5, {}, {}}, {PodId{2}, 0.4, {}, {}}};
    Scene scene{2, 2};
    scene.readings[1] = {.state = SignalState::fresh,
                         .trouble = Code::none,
                         .kind = SampleKind::pods,
                         .mean_ready = 2,
                         .sequence = 1,
                         .pods = values};
    scene.seen.signals = scene.readings;
    scene.seen.pods = pods;
    const auto proposal = policy->propose(scene.seen);  // 0.9 of 1.0 cores
    CHECK(proposal.replicas == 3);
    CHECK_THAT(proposal.reason.args[0], Catch::Matchers::WithinAbs(0.9, 1e-12));
    pods[1].requests.cpu.reset();
    CHECK(policy->propose(scene.seen).reason.code == Code::no_requests);
}

TEST_CASE("bands that are wrong are refused where they are", "[step]") {
    using V = std::vector<std::string>;
    CHECK(complaints(amazon()).empty());
    CHECK(complaints({"none", {band(1, 2, "1")}}) == V{"signal"});
    CHECK(complaints({"load", {}}) == V{"bands"});
    CHECK(complaints({"load", {band(2, 1, "1")}}) == V{"bands[0]"});
    CHECK(complaints({"load", {band(1, 3, "1"), band(2, 4, "2")}}) == V{"bands[1]"});
    CHECK(complaints({"load", {band({}, 3, "1"), band({}, 1, "2")}}) == V{"bands[1]"});
    CHECK(complaints({"load", {band(1, 2, "")}}) == V{"bands[0]"});
    CHECK(complaints({"load", {{1, 2, "+1", 5}}}) == V{"bands[0]"});
    CHECK(complaints({"load", {{1, 2, "", -1}}}) == V{"bands[0].replicas"});
    for (const auto* change : {"0", "x", "1.5", "-101%", "++1", "%", "1e9", "nan"}) {
        CAPTURE(change);
        CHECK(complaints({"load", {band(1, 2, change)}}) == V{"bands[0].change"});
    }
}
