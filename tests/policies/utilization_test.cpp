// SPDX-License-Identifier: Apache-2.0
#include "policies/utilization.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace setpoint;
using namespace std::chrono_literals;
using Catch::Matchers::WithinAbs;

namespace {

/// Three pods with requests of 0.5, 1 and 2 cores, using 0.4, 0.6 and 1.1.
struct Trio {
    Trio() {
        const double requests[] = {0.5, 1, 2};
        const double used[] = {0.4, 0.6, 1.1};
        for (std::size_t i = 0; i < 3; ++i) {
            Pod pod;
            pod.id = PodId{i + 1};
            pod.ready = true;
            pod.requests.cpu = requests[i];
            pods.push_back(pod);
            readings.push_back({pod.id, used[i], {}, {}});
        }
    }

    [[nodiscard]] MeanOverPods mean(Dimension dimension) const { return mean({dimension, Basis::request}); }
    [[nodiscard]] MeanOverPods mean(const ShareOf& share) const {
        Reading reading;
        reading.kind = SampleKind::pods;
        reading.measured = at;
        reading.pods = readings;
        return mean_over_pods(reading, share, pods);
    }

    Time at = at_unix(1'700'000'000);
    std::vector<Pod> pods;
    std::vector<PodReading> readings;
};

}  // namespace

TEST_CASE("utilization is the sum of usage over the sum of requests", "[utilization]") {
    const Trio trio;
    const auto mean = trio.mean(Dimension::cores);
    REQUIRE(mean.value);
    CHECK_THAT(*mean.value, WithinAbs(2.1 / 3.5, 1e-12));
    CHECK(mean.pods == 3);
}

TEST_CASE("other per-pod signals are averaged as they are", "[utilization]") {
    const Trio trio;
    CHECK_THAT(*trio.mean(Dimension::none).value, WithinAbs(0.7, 1e-12));
}

TEST_CASE("only serving pods that are known count, in any order", "[utilization]") {
    Trio trio;
    std::swap(trio.pods[0], trio.pods[2]);
    trio.pods[0].ready = false;                        // the one that requests 2
    trio.readings.push_back({PodId{99}, 50, {}, {}});  // of nobody
    const auto mean = trio.mean(Dimension::cores);
    REQUIRE(mean.value);
    CHECK_THAT(*mean.value, WithinAbs(1.0 / 1.5, 1e-12));
    CHECK(mean.pods == 2);
}

TEST_CASE("without a request, and without a pod, there is no utilization", "[utilization]") {
    Trio trio;
    CHECK(trio.mean(Dimension::bytes).trouble == Code::no_requests);
    trio.pods[1].requests.cpu = 0;
    CHECK(trio.mean(Dimension::cores).trouble == Code::no_requests);
    trio.pods.clear();
    CHECK(trio.mean(Dimension::cores).trouble == Code::no_pods);
    CHECK_FALSE(trio.mean(Dimension::cores).value);
}

TEST_CASE("utilization may be of the limit, or of nothing", "[utilization]") {
    Trio trio;
    for (auto& pod : trio.pods) pod.limits.cpu = 2;
    const auto of_limit = trio.mean({Dimension::cores, Basis::limit});
    CHECK_THAT(*of_limit.value, WithinAbs(2.1 / 6, 1e-12));
    CHECK_THAT(of_limit.whole, WithinAbs(2, 1e-12));
    const auto cores = trio.mean({Dimension::cores, Basis::none});
    CHECK_THAT(*cores.value, WithinAbs(0.7, 1e-12));
    CHECK(cores.whole == 1);
    trio.pods[0].limits.cpu.reset();
    CHECK(trio.mean({Dimension::cores, Basis::limit}).trouble == Code::no_limits);
    CHECK(trio.mean({Dimension::cores, Basis::limit}).without == 1);
    CHECK(trio.mean({Dimension::cores, Basis::none}).value);
}

TEST_CASE("a container's utilization is of its own request", "[utilization]") {
    Trio trio;
    for (auto& pod : trio.pods) pod.named = {{"app", {.cpu = 1.4}, {}}, {"proxy", {.cpu = 0.1}, {.cpu = 0.2}}};
    CHECK_THAT(*trio.mean({Dimension::cores, Basis::request, "app"}).value, WithinAbs(2.1 / 4.2, 1e-12));
    CHECK(trio.mean({Dimension::cores, Basis::limit, "app"}).trouble == Code::no_limits);
    CHECK(trio.mean({Dimension::cores, Basis::request, "other"}).trouble == Code::no_requests);
}

TEST_CASE("CPU that a pod burnt while it started is not counted", "[utilization]") {
    Trio trio;
    trio.pods[2].started_at = trio.at - 60s;
    trio.pods[2].ready_changed = trio.at - 20s;
    trio.readings[2].measured = trio.at;
    trio.readings[2].window = 30s;  // began before it was ready
    CHECK_THAT(*trio.mean(Dimension::cores).value, WithinAbs(1.0 / 1.5, 1e-12));
    CHECK(trio.mean(Dimension::none).pods == 3);
    trio.readings[2].window = 20s;
    CHECK_THAT(*trio.mean(Dimension::cores).value, WithinAbs(2.1 / 3.5, 1e-12));
}
