// SPDX-License-Identifier: Apache-2.0
// The facts of HPA's own tables for its replica calculator: what the pods do, and which size comes out.
#include <catch2/catch.hpp>
#include <optional>
#include <vector>

#include "policies/spec.hpp"
#include "policies/track.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

const Time kNow = at_unix(1'700'000'000);

/// How a pod is. `hot`: ready, but not yet for a whole window of its metric; `cool`: ready long since.
enum class Is { ready, unready, hot, cool, hot_unready, pending, failed, deleting, failed_unready };

Pod pod(std::size_t number, Is is, std::optional<double> cpu) {
    Pod out;
    out.id = PodId{number + 1};
    out.requests.cpu = cpu;
    out.ready = is == Is::ready || is == Is::hot || is == Is::cool;
    out.started_at = kNow - 24h;
    out.ready_changed = kNow - 24h;
    if (is == Is::hot || is == Is::hot_unready) {
        out.started_at = kNow - 60s;
        out.ready_changed = kNow - 30s;
    }
    if (is == Is::cool) out.started_at = out.ready_changed = kNow - 10min;
    if (is == Is::pending) out.phase = PodPhase::pending;
    if (is == Is::failed || is == Is::failed_unready) out.phase = PodPhase::failed;
    out.deleting = is == Is::deleting;
    return out;
}

std::vector<Is> all(std::size_t n, Is is = Is::ready) { return std::vector<Is>(n, is); }

struct PodsCase {
    const char* name;
    Replicas current;
    std::vector<Is> pods;
    std::vector<double> requests;  // of each pod, cores; one stands for all
    std::vector<double> levels;    // milli-cores, of the first pods
    double goal;                   // percent
    std::optional<Replicas> expected;  // nothing: an invalid metric
    double tolerance_down = 0.1;
    double tolerance_up = 0.1;
};

const std::vector<PodsCase> kCpu{
    {"up", 3, all(3), {1}, {300, 500, 700}, 30, 5},
    {"an unready pod scales less", 3, {Is::unready, Is::ready, Is::ready}, {1}, {300, 500, 700}, 30, 4},
    {"a hot pod scales less", 3, {Is::hot, Is::cool, Is::cool}, {1}, {300, 500, 700}, 30, 4},
    {"unready pods cancel the scale-up", 3, {Is::ready, Is::unready, Is::unready}, {1}, {400, 500, 700}, 30, 3},
    {"hot pods cancel the scale-up", 3, {Is::cool, Is::hot_unready, Is::hot_unready}, {1}, {400, 500, 700}, 30, 3},
    {"failed pods do not count, up", 2, {Is::ready, Is::ready, Is::failed_unready, Is::failed_unready}, {1}, {500, 700}, 30, 4},
    {"pods being deleted do not count, up", 2, {Is::ready, Is::ready, Is::deleting, Is::deleting}, {1}, {500, 700}, 30, 4},
    {"down", 5, all(5), {1}, {100, 300, 500, 250, 250}, 50, 3},
    {"down without the unready", 5, {Is::ready, Is::ready, Is::ready, Is::unready, Is::unready}, {1}, {100, 300, 500, 250, 250}, 50, 2},
    {"down without the unscheduled", 5, {Is::ready, Is::pending, Is::pending, Is::pending, Is::pending}, {1}, {100}, 50, 1},
    {"down without the hot", 5, {Is::cool, Is::cool, Is::cool, Is::hot, Is::hot}, {1}, {100, 300, 500, 250, 250}, 50, 2},
    {"failed pods do not count, down", 5, {Is::ready, Is::ready, Is::ready, Is::ready, Is::ready, Is::failed_unready, Is::failed_unready}, {1}, {100, 300, 500, 250, 250}, 50, 3},
    {"pods being deleted do not count, down", 5, {Is::ready, Is::ready, Is::ready, Is::ready, Is::ready, Is::deleting, Is::deleting}, {1}, {100, 300, 500, 250, 250}, 50, 3},
    {"within tolerance", 3, all(3), {0.9, 1.0, 1.1}, {1010, 1030, 1020}, 100, 3},
    {"outside of no tolerance", 3, all(3), {0.9, 1.0, 1.1}, {909, 1010, 1111}, 100, 4, 0, 0},
    {"within 200 percent up", 3, all(3), {0.9, 1.0, 1.1}, {1890, 1910, 1900}, 100, 3, 0.1, 2},
    {"outside 8 percent up", 3, all(3), {0.9, 1.0, 1.1}, {1100, 1080, 1090}, 100, 4, 2, 0.08},
    {"within 36 percent down", 3, all(3), {0.9, 1.0, 1.1}, {660, 640, 650}, 100, 3, 0.36, 0.1},
    {"outside 34 percent down", 3, all(3), {0.9, 1.0, 1.1}, {660, 640, 650}, 100, 2, 0.34, 0.1},
    {"metrics of pods that are not there", 4, all(4), {1}, {4000, 9500, 3000, 7000, 3200, 2000}, 100, 24},
    {"only metrics of pods that are not there", 1, {}, {}, {}, 100, std::nullopt},
    {"missing metrics, down", 4, all(4), {1}, {400, 95}, 100, 3},
    {"no metrics at all", 4, all(4), {1}, {}, 100, std::nullopt},
    {"a pod without a request", 1, all(1), {}, {200}, 100, std::nullopt},
    {"a missing metric at the goal", 2, all(2), {1}, {1000}, 100, 2},
    {"a missing metric above the goal", 2, all(2), {1}, {1900}, 100, 2},
    {"a missing metric below the goal", 2, all(2), {1}, {600}, 100, 2},
    {"missing and unready", 3, {Is::unready, Is::ready, Is::ready}, {1}, {100, 450}, 50, 3},
    {"missing and hot", 3, {Is::hot, Is::cool, Is::cool}, {1}, {100, 450}, 50, 3},
    {"missing and unready, up", 3, {Is::unready, Is::ready, Is::ready}, {1}, {100, 2000}, 50, 4},
    {"missing and hot, up", 3, {Is::hot_unready, Is::cool, Is::cool}, {1}, {100, 2000}, 50, 4},
    {"missing and unready, down", 4, {Is::unready, Is::ready, Is::ready, Is::ready}, {1}, {100, 100, 100}, 50, 3},
    {"missing, a goal above 100 percent", 4, {Is::unready, Is::ready, Is::ready, Is::ready}, {1, 1, 2, 2}, {200, 100, 100}, 300, 2},
    {"a surge of a rolling update", 2, all(3), {1}, {100, 100}, 50, 2},
    {"just outside of tolerance", 10, all(10), {0.4, 0.2, 0.31, 0.29, 0.302, 0.298, 0.301, 0.299, 0.3, 0.3}, {150, 150, 150, 150, 150, 150, 150, 150, 150, 150}, 56, 9},
    {"just within tolerance", 10, all(10), {0.4, 0.2, 0.31, 0.29, 0.302, 0.298, 0.301, 0.299, 0.3, 0.3}, {150, 150, 150, 150, 150, 150, 150, 150, 150, 150}, 55, 10},
};

/// A policy on one signal, `load`, and what it sees.
struct Scene {
    ScalingSpec spec;
    TrackSettings settings;
    std::vector<Pod> pods;
    std::vector<PodReading> values;
    Reading reading;
    Observation seen;

    Scene(Dimension dimension, bool per_pod, Replicas current) {
        spec.compat = Compat::hpa;
        spec.signals.push_back({.name = "load", .dimension = dimension, .per_pod = per_pod});
        settings.signal = "load";
        reading.state = SignalState::fresh;
        reading.kind = per_pod ? SampleKind::pods : SampleKind::scalar;
        reading.measured = kNow;
        seen.now = kNow;
        seen.replicas = seen.status = seen.ready = current;
    }
    void tolerate(double down, double up) {
        spec.behavior.emplace();
        spec.behavior->scale_down.tolerance = down;
        spec.behavior->scale_up.tolerance = up;
    }
    void level(std::size_t number, double milli, Duration window = 60s) {
        values.push_back({PodId{number + 1}, milli / 1000, kNow, window});
    }
    Proposal answer() {
        auto policy = make(settings, spec);
        REQUIRE(policy);
        reading.pods = values;
        seen.pods = pods;
        seen.signals = std::span{&reading, 1};
        return (*policy)->propose(seen);
    }
};

std::optional<Replicas> size_of(const Proposal& proposal) {
    if (proposal.kind == ProposalKind::hold) return std::nullopt;
    CHECK(proposal.kind == ProposalKind::wish);
    return static_cast<Replicas>(proposal.replicas);
}

}  // namespace

TEST_CASE("CPU utilization scales as HPA's calculator says", "[track][hpa]") {
    for (const auto& row : kCpu) {
        INFO(row.name);
        Scene scene{Dimension::cores, true, row.current};
        scene.settings.utilization = row.goal / 100;
        scene.tolerate(row.tolerance_down, row.tolerance_up);
        for (std::size_t i = 0; i < row.pods.size(); ++i) {
            std::optional<double> request;
            if (!row.requests.empty()) request = row.requests.size() == 1 ? row.requests[0] : row.requests[i];
            scene.pods.push_back(pod(i, row.pods[i], request));
        }
        for (std::size_t i = 0; i < row.levels.size(); ++i) scene.level(i, row.levels[i]);
        CHECK(size_of(scene.answer()) == row.expected);
    }
}

namespace {

struct PlainCase {
    const char* name;
    Replicas current;
    std::vector<Is> pods;
    std::vector<double> levels;  // thousandths
    double goal;                 // thousandths
    std::optional<Replicas> expected;
    double tolerance_up = 0.1;
};

const std::vector<PlainCase> kPods{
    {"up", 3, all(3), {20000, 10000, 30000}, 15000, 4},
    {"readiness is for CPU only", 3, {Is::cool, Is::cool, Is::hot_unready}, {50000, 10000, 30000}, 15000, 6},
    {"readiness is for CPU only, more so", 3, {Is::hot_unready, Is::cool, Is::hot_unready}, {50000, 15000, 30000}, 15000, 7},
    {"down", 5, all(5), {12000, 12000, 12000, 12000, 12000}, 20000, 3},
    {"within tolerance", 3, all(3), {20000, 21000, 21000}, 20000, 3},
    {"outside of one percent", 3, all(3), {20000, 21000, 21000}, 20000, 4, 0.01},
    {"missing metrics at the goal", 5, all(5), {20000, 19000, 21000}, 20000, 5},
    {"a surge of a rolling update", 2, all(3), {10000, 10000}, 17000, 2},
};

const std::vector<PlainCase> kValue{
    {"up", 3, all(3), {20000}, 15000, 4},
    {"only ready pods count", 3, {Is::unready, Is::ready, Is::unready}, {50000}, 10000, 5},
    {"only ready pods count, even down", 3, {Is::unready, Is::ready, Is::unready}, {8600}, 4400, 2},
    {"down", 5, all(5), {12000}, 20000, 3},
    {"down, external", 5, all(5), {8600}, 14334, 3},
    {"within tolerance", 3, all(3), {20666}, 20000, 3},
    {"within tolerance, external", 3, all(3), {8600}, 8888, 3},
    {"outside of one percent", 3, all(3), {20666}, 20000, 4, 0.01},
    {"outside of one percent, external", 3, all(3), {8900}, 8800, 4, 0.01},
    {"many bytes, to the last one", 2, all(2), {1.5 * 1073741824 * 1000}, 1073741824.0 * 1000, 3},
    {"from zero", 0, {}, {20000}, 15000, 2},
    {"stay at zero", 0, {}, {0}, 15000, 0},
};

const std::vector<PlainCase> kAverage{
    {"up", 3, all(3), {20000}, 5000, 4},
    {"up, external", 3, all(3), {8600}, 2150, 4},
    {"down", 5, all(5), {6000}, 2000, 3},
    {"down, external", 5, all(5), {8600}, 2867, 3},
    {"within tolerance", 4, all(4), {20166}, 5000, 4},
    {"within tolerance, external", 3, all(3), {8600}, 2900, 3},
    {"outside of one percent", 4, all(4), {20208}, 5000, 5, 0.01},
    {"outside of one percent, external", 3, all(3), {8600}, 2800, 4, 0.01},
    {"from zero", 0, {}, {20000}, 5000, 4},
    {"stay at zero", 0, {}, {0}, 5000, 0},
};

Scene scene_of(const PlainCase& row, bool per_pod) {
    Scene scene{Dimension::none, per_pod, row.current};
    scene.tolerate(0.1, row.tolerance_up);
    for (std::size_t i = 0; i < row.pods.size(); ++i) scene.pods.push_back(pod(i, row.pods[i], {}));
    scene.reading.value = row.levels[0] / 1000;
    return scene;
}

}  // namespace

TEST_CASE("a metric of the pods scales as HPA's calculator says", "[track][hpa]") {
    for (const auto& row : kPods) {
        INFO(row.name);
        auto scene = scene_of(row, true);
        scene.settings.average_value = row.goal / 1000;
        for (std::size_t i = 0; i < row.levels.size(); ++i) scene.level(i, row.levels[i]);
        CHECK(size_of(scene.answer()) == row.expected);
    }
}

TEST_CASE("the value of an object or an external metric scales as HPA's calculator says", "[track][hpa]") {
    for (const auto& row : kValue) {
        INFO(row.name);
        auto scene = scene_of(row, false);
        scene.settings.value = row.goal / 1000;
        CHECK(size_of(scene.answer()) == row.expected);
    }
}

TEST_CASE("the average value of an object or an external metric scales as HPA's calculator says", "[track][hpa]") {
    for (const auto& row : kAverage) {
        INFO(row.name);
        auto scene = scene_of(row, false);
        scene.settings.average_value = row.goal / 1000;
        CHECK(size_of(scene.answer()) == row.expected);
    }
}

TEST_CASE("no pods at all make a value that is not theirs an invalid metric", "[track][hpa]") {
    Scene scene{Dimension::none, false, 3};
    scene.settings.value = 15;
    scene.reading.value = 20;
    scene.seen.ready = 0;
    CHECK(scene.answer().kind == ProposalKind::hold);
    scene.pods = {pod(0, Is::unready, {})};  // pods of which none is ready are counted: 1.33 times 0
    CHECK(size_of(scene.answer()) == 0);
    scene.pods.clear();
    scene.reading.value = 15.5;  // within tolerance nobody asks for the pods
    CHECK(size_of(scene.answer()) == 3);
}

TEST_CASE("a wish beyond all sizes stays a size", "[track][hpa]") {
    Scene scene{Dimension::none, false, 3};
    scene.settings.value = 0.001;
    scene.reading.value = 9.2e15;
    CHECK(scene.answer().replicas == 2147483647.0);
}

TEST_CASE("existing replicas, not those asked for, share an average value", "[track][hpa]") {
    Scene scene{Dimension::none, false, 6};
    scene.seen.status = 4;
    scene.settings.average_value = 10;
    scene.reading.value = 41;  // 1.025 of 4
    CHECK(size_of(scene.answer()) == 4);
}

TEST_CASE("a given mean utilization counts the ready pods", "[track][hpa]") {
    Scene scene{Dimension::cores, true, 5};
    scene.reading.kind = SampleKind::pods_mean;
    scene.settings.utilization = 0.5;
    scene.reading.value = 0.579;  // 57 %, and 57/50 is 1.14
    scene.seen.ready = 4;
    CHECK(size_of(scene.answer()) == 5);
    scene.reading.value = 0.55;
    CHECK(size_of(scene.answer()) == 5);
    scene.reading.value = 0.29;  // as a double a little less
    CHECK(size_of(scene.answer()) == 3);
}

TEST_CASE("a missing sample is an invalid metric", "[track][hpa]") {
    Scene scene{Dimension::none, false, 5};
    scene.settings.value = 10;
    scene.reading.state = SignalState::stale;
    scene.reading.trouble = Code::stale;
    CHECK(scene.answer().kind == ProposalKind::hold);
    CHECK(scene.answer().reason.code == Code::stale);
}
