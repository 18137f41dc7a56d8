// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "policies/spec.hpp"
#include "tests/support/closed_loop.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

ScalingSpec service(PidSettings pid, Duration interval = 5s, Replicas max = 200) {
    ScalingSpec spec;
    spec.name = "service";
    spec.replicas = {1, max};
    spec.interval = interval;
    spec.signals.resize(3);
    spec.signals[0].name = "cpu";
    spec.signals[0].per_pod = true;
    spec.signals[0].dimension = Dimension::cores;
    spec.signals[1].name = "p95";
    spec.signals[1].dimension = Dimension::time;
    spec.signals[2].name = "backlog";
    spec.policies.push_back({"", std::move(pid)});
    return spec;
}

PidSettings cpu_at_70() {
    PidSettings pid;
    pid.signal = "cpu";
    pid.setpoint = 0.7;
    return pid;
}

PidSettings p95_under_250ms() {
    PidSettings pid;
    pid.signal = "p95";
    pid.setpoint = 0.25;
    return pid;
}

/// 10 replicas' worth, 20 from `up` to `down`, 10 again; at 70 % that is 14.3 and 28.6 replicas.
auto doubling(Duration up, Duration down) {
    return [=](double t) { return t < seconds(up) || t >= seconds(down) ? 10.0 : 20.0; };
}

}  // namespace

TEST_CASE("a step in demand settles without ringing, at any interval", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = doubling(5min, 40min);
    plant.initial = 15;
    plant.patience = 1;
    double replica_minutes[3] = {};
    std::size_t at = 0;
    for (const Duration interval : {1s, 5s, 15s}) {
        CAPTURE(seconds(interval));
        const auto run = simulate(plant, service(cpu_at_70(), interval), 70min);
        CHECK(run.peak() <= 29);
        CHECK(run.reversals(0s, 40min) == 0);
        CHECK(run.lowest(9min, 40min) >= 27);             // within 4 minutes of the step
        CHECK(run.reversals() == 1);                      // up, and later down
        CHECK(run.settled_within(12min, 40min, 14, 16));  // 5 of them are HPA's window
        replica_minutes[at++] = run.mean_size();
    }
    CHECK(std::abs(replica_minutes[0] / replica_minutes[1] - 1) < 0.02);
    CHECK(std::abs(replica_minutes[2] / replica_minutes[1] - 1) < 0.02);
}

TEST_CASE("work that waited is worked off with little overshoot", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = doubling(5min, 24h);
    plant.initial = 15;
    plant.patience = 120;  // replicas stay saturated until the backlog is gone
    const auto run = simulate(plant, service(cpu_at_70()), 60min);
    CHECK(run.peak() <= 37);  // 28.6 and a quarter
    CHECK(run.settled_within(25min, 5min, 28, 31));
}

TEST_CASE("new replicas are waited for, not ordered again", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = doubling(5min, 24h);
    plant.initial = 15;
    plant.patience = 1;
    for (const Duration startup : {Duration{5s}, Duration{60s}, Duration{5min}}) {
        CAPTURE(seconds(startup));
        plant.startup = startup;
        const auto run = simulate(plant, service(cpu_at_70()), 60min);
        CHECK(run.peak() <= 30);
        CHECK(run.reversals() == 0);
        CHECK(run.lowest(45min) >= 27);
    }
}

TEST_CASE("one replica that is full gets a second", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = [](double) { return 1.0; };
    plant.initial = 1;
    const auto run = simulate(plant, service(cpu_at_70()), 10min);
    CHECK(run.settled(2, 2).value_or(24h) <= 2min);
}

TEST_CASE("noise does not make the size flap", "[pid][closed_loop]") {
    std::mt19937 random{7};
    PlantModel plant;
    plant.demand = [](double) { return 10.0; };
    plant.initial = 15;
    plant.cpu_noise = [&](double) { return 0.06 * (static_cast<double>(random()) / 2147483648.0 - 1); };
    const auto run = simulate(plant, service(cpu_at_70()), 4h);
    CHECK(run.peak() <= 17);
    CHECK(run.reversals() <= 1);
    CHECK(run.changes() <= 3);
}

TEST_CASE("after saturation it comes down at once: nothing wound up", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = [](double t) { return t < 300 ? 7.0 : (t < 2400 ? 40.0 : 4.0); };
    plant.initial = 10;
    plant.patience = 1;
    ScalingSpec spec = service(cpu_at_70());
    SECTION("at the upper bound") { spec.replicas.max = 12; }
    SECTION("at a quota of the orchestrator") { plant.quota = 12; }
    const auto run = simulate(plant, spec, 70min);
    CHECK(run.peak() == 12);
    CHECK(run.size_at(39min) == 12);
    CHECK(run.size_at(40min + 5min + 90s) < 12);    // HPA's window and a sample
    CHECK(run.settled_within(15min, 40min, 6, 7));  // 4 / 0.7 = 5.7
}

TEST_CASE("from one replica to ten thousand and back", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = [](double t) { return t < 300 ? 0.9 : (t < 3600 ? 7000.0 : 0.9); };
    plant.initial = 2;
    plant.patience = 1;
    plant.step = 5s;
    const auto run = simulate(plant, service(cpu_at_70(), 15s, 20'000), 90min);
    CHECK(run.peak() <= 10'300);  // 7,000 / 0.7, and 3 %
    CHECK(run.lowest(40min, 60min) >= 9'500);
    CHECK(run.reversals() == 1);
    CHECK(run.settled_within(20min, 60min, 2, 2));
}

TEST_CASE("while samples are missing the size stays", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = [](double t) { return t < 600 ? 10.0 : 1.0; };
    plant.initial = 15;
    plant.silent = [](double t) { return t > 590 && t < 1800; };
    const auto run = simulate(plant, service(cpu_at_70()), 60min);
    CHECK(run.changes(10min, 30min) == 0);
    CHECK(run.settled_within(25min, 30min, 2, 2));
}

TEST_CASE("a size that somebody else set is where it goes on from", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = [](double) { return 10.0; };
    plant.initial = 15;
    plant.foreign = [](double t) -> std::optional<Replicas> {
        if (t == 600) return 30;
        return std::nullopt;
    };
    const auto run = simulate(plant, service(cpu_at_70()), 40min);
    CHECK(run.size_at(10min + 1s) == 30);
    CHECK(run.size_at(10min + 30s) == 30);
    CHECK(run.settled_within(15min, 10min, 15, 16));
}

TEST_CASE("a latency does not swing the size", "[pid][closed_loop]") {
    // M/M/c: at 36 replicas' worth the 95th percentile passes 250 ms between 36 and 37 replicas, with a
    // slope of about -47. A law made for a slope of -1 swings between 25 and 271 here.
    PlantModel plant;
    plant.demand = [](double t) { return 36 * (1 + 0.03 * std::sin(t / 300)); };
    plant.initial = 40;
    plant.patience = 10;
    for (const Duration interval : {1s, 5s, 15s}) {
        CAPTURE(seconds(interval));
        const auto blind = simulate(plant, service(p95_under_250ms(), interval), 6h);
        CHECK(blind.peak() <= 60);
        CHECK(blind.lowest() >= 33);
        CHECK(blind.overloaded() < 0.03);
        auto guarded = p95_under_250ms();
        guarded.utilization = "cpu";
        const auto run = simulate(plant, service(guarded, interval), 6h);
        CHECK(run.changes() == 0);
        CHECK(run.worst_latency() < 0.25);
    }
}

TEST_CASE("a latency target survives a doubling of load", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = doubling(10min, 90min);
    plant.initial = 14;
    plant.patience = 10;
    auto pid = p95_under_250ms();
    pid.utilization = "cpu";
    const auto run = simulate(plant, service(pid), 4h);
    CHECK(run.worst_latency(15min, 90min) < 0.25);  // good again after five minutes
    CHECK(run.peak() <= 26);
    CHECK(run.reversals() <= 2);
    CHECK(run.size_at(4h) <= 13);
}

TEST_CASE("a load of six times is met in minutes, though the latency says no more than that it is too much", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = [](double t) { return t < 600 ? 4.0 : 24.0; };
    plant.initial = 6;
    plant.patience = 15;
    plant.scrape = 3s;
    plant.window = 15s;
    auto pid = p95_under_250ms();
    pid.utilization = "cpu";
    for (const Duration startup : {8s, 60s}) {
        CAPTURE(seconds(startup));
        plant.startup = startup;
        const auto run = simulate(plant, service(pid, 3s), 50min);
        // From 5 replicas, each act adds a factor of e^0.35 at most; five of them make 24 of them, each after a start-up and a window.
        CHECK(run.worst_latency(10min + 5 * (startup + 25s), 50min) < 0.25);
        CHECK(run.peak() <= 40);
        CHECK(run.reversals() <= 2);
    }
}

TEST_CASE("a queue drains and stays drained", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = doubling(10min, 90min);
    plant.initial = 14;
    plant.patience = 1e6;  // nobody leaves
    PidSettings pid;
    pid.signal = "backlog";
    pid.setpoint = 500;
    pid.utilization = "cpu";
    for (const Duration interval : {1s, 5s, 15s}) {
        CAPTURE(seconds(interval));
        const auto run = simulate(plant, service(pid, interval), 4h);
        double late = 0;
        for (const auto& point : run.points) {
            if (point.at > 18 * 60) late = std::max(late, point.backlog);
        }
        CHECK(late <= 500);  // eight minutes after the step, and for good
        CHECK(run.peak() <= 36);
        CHECK(run.reversals() <= 2);
    }
}

TEST_CASE("replicas that never come are not ordered without end", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = [](double t) { return t < 300 ? 2.5 : 8.0; };
    plant.initial = 4;
    plant.startup = 10h;  // an image that cannot be pulled
    plant.patience = 1;
    const auto run = simulate(plant, service(cpu_at_70()), 3h);
    CHECK(run.peak() > 6);    // past the usual start-up time they are not counted on
    CHECK(run.peak() <= 12);  // twice the work that four full replicas show
}

TEST_CASE("with another policy on top neither law fights the other", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = doubling(10min, 90min);
    plant.initial = 15;
    plant.patience = 10;
    auto spec = service(p95_under_250ms());
    spec.policies.push_back({"", cpu_at_70()});
    const auto run = simulate(plant, spec, 4h);
    CHECK(run.peak() <= 37);
    CHECK(run.reversals() <= 2);
    CHECK(run.lowest(15min, 90min) >= 27);  // what 70 % needs, though the latency would do with 21
    CHECK(run.size_at(4h) <= 17);
    CHECK(run.worst_latency(15min, 4h) < 0.25);
}

TEST_CASE("old and coarse samples make it slower, not wilder", "[pid][closed_loop]") {
    PlantModel plant;
    plant.demand = doubling(10min, 90min);
    plant.initial = 15;
    plant.patience = 1;
    plant.scrape = 60s;
    plant.window = 60s;
    plant.lag = 30s;
    plant.startup = 90s;
    auto spec = service(cpu_at_70(), 15s);
    for (auto& signal : spec.signals) signal.resolution = 60s;
    const auto run = simulate(plant, spec, 3h);
    CHECK(run.peak() <= 29);
    CHECK(run.reversals() == 1);
    CHECK(run.lowest(20min, 90min) >= 26);
    CHECK(run.settled_within(30min, 90min, 14, 16));
}
