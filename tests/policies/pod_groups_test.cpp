// SPDX-License-Identifier: Apache-2.0
#include "policies/pod_groups.hpp"

#include <catch2/catch.hpp>
#include <optional>

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

const Time kNow = at_unix(1'700'000'000);

struct Case {
    const char* name;
    PodPhase phase;
    bool deleting;
    std::optional<Duration> started;  // how long ago
    std::optional<bool> ready;
    std::optional<Duration> changed;  // how long ago
    std::optional<Duration> measured; // how long ago; nothing: no reading
    Duration window;
    PodGroup as_cpu;
    PodGroup as_memory;
};

using enum PodGroup;
constexpr auto kRunning = PodPhase::running;

const Case kCases[] = {
    {"ready long since", kRunning, false, 1h, true, 1h, 0s, 60s, ready, ready},
    {"no readiness known", kRunning, false, 0s, {}, {}, 0s, 60s, unready, ready},
    {"ready, and nothing said of its start", kRunning, false, {}, true, {}, 0s, 60s, ready, ready},
    {"not ready, and nothing said of its start", kRunning, false, {}, false, {}, 0s, 60s, unready, ready},
    {"starting, a whole window since ready", kRunning, false, 1min, true, 30s, 0s, 30s, ready, ready},
    {"starting, no whole window since ready", kRunning, false, 1min, true, 30s, 0s, 60s, unready, ready},
    {"starting, not ready", kRunning, false, 1min, false, 30s, 0s, 10s, unready, ready},
    {"never ready: changed within 30 s of its start", kRunning, false, 10min, false, 9min + 54s, 0s, 60s, unready, ready},
    {"was ready once", kRunning, false, 10min, false, 9min, 0s, 60s, ready, ready},
    {"was ready once, since 31 s after its start", kRunning, false, 10min, false, 9min + 29s, 0s, 60s, ready, ready},
    {"an old sample, long after the start", kRunning, false, 6min, true, 6min, 5min, 60s, ready, ready},
    {"no reading", kRunning, false, 3min, true, 3min, {}, 0s, missing, missing},
    {"pending without a reading", PodPhase::pending, false, {}, {}, {}, {}, 0s, unready, unready},
    {"pending and deleted", PodPhase::pending, true, {}, {}, {}, 0s, 0s, ignored, ignored},
    {"failed", PodPhase::failed, false, 1h, false, 1h, 0s, 60s, ignored, ignored},
    {"succeeded counts for HPA", PodPhase::succeeded, false, 1h, true, 1h, 0s, 60s, ready, ready},
    {"succeeded without a reading is missing for HPA", PodPhase::succeeded, false, 1h, false, 1h, {}, 60s, missing, missing},
    {"starting, ready since its start at the earliest", kRunning, false, 30s, true, {}, 0s, 60s, unready, ready},
    {"starting, a whole window since its start", kRunning, false, 3min, true, {}, 0s, 60s, ready, ready},
    {"a value from the very start says nothing", kRunning, false, 0s, true, {}, 0s, 0s, unready, ready},
    {"not ready and no change known: never ready", kRunning, false, 1h, false, {}, 0s, 60s, unready, ready},
};

}  // namespace

TEST_CASE("pods are grouped by HPA's rules", "[pods][hpa]") {
    for (const auto& row : kCases) {
        INFO(row.name);
        Pod pod;
        pod.id = PodId{1};
        pod.phase = row.phase;
        pod.deleting = row.deleting;
        pod.ready = row.ready;
        if (row.started) pod.started_at = kNow - *row.started;
        if (row.changed) pod.ready_changed = kNow - *row.changed;
        std::vector<PodReading> readings;
        if (row.measured) readings.push_back({PodId{1}, 1, kNow - *row.measured, row.window});
        std::vector<GroupedPod> groups;
        group_pods(std::span{&pod, 1}, readings, {.cpu = true}, kNow, groups);
        REQUIRE(groups.size() == 1);
        CHECK(groups[0].group == row.as_cpu);
        group_pods(std::span{&pod, 1}, readings, {.cpu = false}, kNow, groups);
        CHECK(groups[0].group == row.as_memory);
    }
}

TEST_CASE("readings find their pods in any order, and those without one stay apart", "[pods]") {
    std::vector<Pod> pods(3);
    for (std::size_t i = 0; i < pods.size(); ++i) pods[i].id = PodId{i};
    const std::vector<PodReading> readings{{PodId{2}, 20, {}, {}}, {PodId{9}, 90, {}, {}}, {PodId{0}, 10, {}, {}}};
    std::vector<GroupedPod> groups;
    group_pods(pods, readings, {.cpu = false}, kNow, groups);
    REQUIRE(groups.size() == 4);
    CHECK(groups[0].reading->value == 10);
    CHECK(groups[1].group == missing);
    CHECK(groups[2].reading->value == 20);
    CHECK(groups[3].group == stranger);
    CHECK(groups[3].reading->value == 90);
}

TEST_CASE("a pod that succeeded is over where HPA is not asked", "[pods]") {
    Pod pod;
    pod.phase = PodPhase::succeeded;
    const PodReading reading{pod.id, 1, kNow, 60s};
    std::vector<GroupedPod> groups;
    const GroupRules trusting{.cpu = true, .unstated = Unstated::trusted};
    group_pods(std::span{&pod, 1}, {}, trusting, kNow, groups);
    CHECK(groups[0].group == ignored);
    group_pods(std::span{&pod, 1}, std::span{&reading, 1}, trusting, kNow, groups);
    CHECK(groups[0].group == ignored);
}

TEST_CASE("a pod that says less than Kubernetes would is trusted where HPA is not asked", "[pods]") {
    Pod pod;
    const PodReading reading{pod.id, 1, kNow, 60s};
    std::vector<GroupedPod> groups;
    const GroupRules trusting{.cpu = true, .unstated = Unstated::trusted};
    group_pods(std::span{&pod, 1}, std::span{&reading, 1}, trusting, kNow, groups);
    CHECK(groups[0].group == ready);
    pod.ready = true;
    group_pods(std::span{&pod, 1}, std::span{&reading, 1}, trusting, kNow, groups);
    CHECK(groups[0].group == ready);
    pod.ready = false;
    group_pods(std::span{&pod, 1}, std::span{&reading, 1}, trusting, kNow, groups);
    CHECK(groups[0].group == unready);
}

TEST_CASE("a pod that crashes again and again is missing only for HPA", "[pods][hpa]") {
    Pod pod;
    pod.ready = false;
    pod.started_at = pod.ready_changed = kNow - 1h;
    pod.crash_looping = true;
    std::vector<GroupedPod> groups;
    group_pods(std::span{&pod, 1}, {}, {.cpu = true}, kNow, groups);
    CHECK(groups[0].group == missing);
    group_pods(std::span{&pod, 1}, {}, {.cpu = true, .unstated = Unstated::trusted}, kNow, groups);
    CHECK(groups[0].group == ignored);
}
