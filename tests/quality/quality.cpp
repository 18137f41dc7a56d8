// SPDX-License-Identifier: Apache-2.0
// What policies cost and how often they leave a workload short, on recorded demand, in a closed loop with a
// plant: 90 s start-up, samples every 15 s over 60 s, ticks every 15 s. Demand is scaled so that its mean
// needs 12 replicas at 70 %. Short is a time, or a request, with more than 85 % of the serving replicas
// busy. Cost is replica-hours by those of an oracle that always has just enough for 85 %. The first four
// days warm up and do not count.
//
//   quality TRACE.csv...        (a header, then time,demand, one row a minute)

#include <fmt/core.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "policies/catalog.hpp"
#include "tests/support/closed_loop.hpp"

namespace {

using namespace setpoint;

constexpr double kShort = 0.85;
constexpr double kMeanNeeded = 12 * 0.7;
constexpr double kWarmUp = 4 * 86'400.0;

std::vector<double> read_demand(const std::string& path) {
    std::vector<double> demand;
    std::ifstream in{path};
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        const auto comma = line.find(',');
        const double last = demand.empty() ? 0 : demand.back();
        const char* text = comma == std::string::npos ? "" : line.c_str() + comma + 1;
        char* end = nullptr;
        const double value = std::strtod(text, &end);
        demand.push_back(end == text ? last : value);
    }
    double sum = 0;
    for (const double d : demand) sum += d;
    for (double& d : demand) d *= kMeanNeeded * static_cast<double>(demand.size()) / sum;
    return demand;
}

ScalingSpec with(std::vector<PolicySettings> laws, Compat compat = Compat::none) {
    ScalingSpec spec;
    spec.name = "workload";
    spec.replicas = {1, 500};
    spec.interval = std::chrono::seconds{15};
    spec.compat = compat;
    SignalSpec cpu;
    cpu.name = "cpu";
    cpu.dimension = Dimension::cores;
    cpu.per_pod = true;
    SignalSpec requests;
    requests.name = "requests";
    requests.dimension = Dimension::rate;
    spec.signals = {cpu, requests};
    for (auto& law : laws) spec.policies.push_back({"", std::move(law)});
    return spec;
}

TrackSettings track(double utilization) {
    TrackSettings settings;
    settings.signal = "cpu";
    settings.utilization = utilization;
    return settings;
}

PidSettings pid(double setpoint) {
    PidSettings settings;
    settings.signal = "cpu";
    settings.setpoint = setpoint;
    return settings;
}

PredictiveSettings predictive(double per_replica) {
    PredictiveSettings settings;
    settings.signal = "requests";
    settings.per_replica = per_replica;
    return settings;
}

struct Score {
    double short_time = 0;      // share
    double short_requests = 0;  // share
    double cost = 0;            // by the oracle's
    double actions = 0;         // a day
};

Score score(const PlantRun& run) {
    double time = 0;
    double requests = 0;
    double short_time = 0;
    double short_requests = 0;
    double paid = 0;
    double least = 0;
    double actions = 0;
    for (std::size_t i = 1; i < run.points.size(); ++i) {
        const auto& point = run.points[i];
        if (point.at < kWarmUp) continue;
        const double dt = point.at - run.points[i - 1].at;
        const bool lacks = point.demand > kShort * point.ready || point.backlog > 0;
        time += dt;
        requests += point.demand * dt;
        if (lacks) short_time += dt;
        if (lacks) short_requests += point.demand * dt;
        paid += point.replicas * dt;
        least += std::max(1.0, std::ceil(point.demand / kShort)) * dt;
        if (point.replicas != run.points[i - 1].replicas) actions += 1;
    }
    return {short_time / time, short_requests / requests, paid / least, actions / (time / 86'400)};
}

}  // namespace

int main(int argc, char** argv) {
    const double per_replica = 100 * 0.7;  // the plant's 100 items a second, at 70 %
    const std::vector<std::pair<const char*, ScalingSpec>> contenders{
        {"HPA v2, cpu 70%", with({track(0.7)}, Compat::hpa)},
        {"HPA v2, cpu 60%", with({track(0.6)}, Compat::hpa)},
        {"track 70%", with({track(0.7)})},
        {"pid 70%", with({pid(0.7)})},
        {"pid 60%", with({pid(0.6)})},
        {"track 70% + predictive", with({track(0.7), predictive(per_replica)})},
        {"track 80% + predictive", with({track(0.8), predictive(100 * 0.8)})},
    };
    fmt::print("{:<14} {:<24} {:>11} {:>14} {:>6} {:>12}\n", "workload", "policy", "short, time", "short, requests", "cost",
               "actions/day");
    for (int i = 1; i < argc; ++i) {
        const auto demand = read_demand(argv[i]);
        if (demand.size() < 2) {
            fmt::print(stderr, "{}: no demand in it\n", argv[i]);
            return 2;
        }
        PlantModel plant;
        plant.demand = [&](double at) {
            const double minute = std::min(at / 60, static_cast<double>(demand.size() - 1) - 1e-9);
            const auto before = static_cast<std::size_t>(minute);
            return std::lerp(demand[before], demand[std::min(before + 1, demand.size() - 1)], minute - std::floor(minute));
        };
        plant.initial = 12;
        plant.startup = std::chrono::seconds{90};
        plant.window = std::chrono::seconds{60};
        plant.lag = std::chrono::seconds{15};
        plant.step = std::chrono::seconds{15};
        const auto length = std::chrono::minutes{demand.size()};
        for (const auto& [name, spec] : contenders) {
            const Score seen = score(simulate(plant, spec, length));
            fmt::print("{:<14} {:<24} {:>10.2f}% {:>13.2f}% {:>6.3f} {:>12.0f}\n",
                       std::filesystem::path{argv[i]}.stem().string(), name, 100 * seen.short_time,
                       100 * seen.short_requests, seen.cost, seen.actions);
        }
    }
    return 0;
}
