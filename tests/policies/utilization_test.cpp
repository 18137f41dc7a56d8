// SPDX-License-Identifier: Apache-2.0
#include "policies/utilization.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace setpoint;
using Catch::Matchers::WithinAbs;

namespace {

/// Three pods with requests of 0.5, 1 and 2 cores, using 0.4, 0.6 and 1.1.
struct Trio {
    Trio() {
        const double requests[] = {0.5, 1, 2};
        const double used[] = {0.4, 0.6, 1.1};
        for (std::size_t at = 0; at < 3; ++at) {
            Pod pod;
            pod.id = PodId{at + 1};
            pod.ready = true;
            pod.requests.cpu = requests[at];
            pods.push_back(pod);
            readings.push_back({pod.id, used[at], {}, {}});
        }
    }

    [[nodiscard]] MeanOverPods mean(Dimension dimension) const {
        Reading reading;
        reading.kind = SampleKind::pods;
        reading.pods = readings;
        return mean_over_pods(reading, dimension, pods);
    }

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
