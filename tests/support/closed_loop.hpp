// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "policies/reducer.hpp"

namespace setpoint {

/// A workload that answers to its size, in virtual time: work arrives in replicas' worth (1.0 keeps one
/// replica busy), what is not served waits, new replicas serve after `startup`. Written apart from the
/// policies; it knows none of their arithmetic.
///
/// It feeds the signals that the document names: `cpu` (mean utilization over pods), `p95` (seconds),
/// `backlog` (items waiting), `requests` (items arriving a second). Others stay without samples.
struct PlantModel {
    std::function<double(double)> demand;  // replicas' worth of work, by seconds since the start
    Replicas initial = 4;
    Duration startup = std::chrono::seconds{30};
    Duration scrape = std::chrono::seconds{15};  // between samples
    Duration window = std::chrono::seconds{30};  // that a sample averages over
    Duration lag{};                              // from the end of the window to the agent
    Duration step = std::chrono::seconds{1};
    double items_per_replica = 100;           // a second
    double service_p95 = 0.06;                // of an unloaded replica, in s
    double service_mean = 0.04;               // in s
    double patience = 120;                    // clients that would wait longer than this many seconds leave
    Replicas quota = kMaxReplicas;            // the orchestrator accepts no more
    std::function<double(double)> cpu_noise;  // added to the utilization, by seconds
    std::function<bool(double)> silent;       // no samples at that time
    std::function<std::optional<Replicas>(double)> foreign;  // somebody else sets this size then
};

/// What the plant was at the end of each step.
struct PlantPoint {
    double at = 0;  // seconds since the start
    Replicas replicas = 0;
    Replicas ready = 0;
    double demand = 0;
    double utilization = 0;
    double latency = 0;
    double backlog = 0;  // items
};

struct PlantRun {
    std::vector<PlantPoint> points;

    [[nodiscard]] Replicas size_at(Duration t) const;
    [[nodiscard]] Replicas peak(Duration from = {}, Duration until = Duration::max()) const;
    [[nodiscard]] Replicas lowest(Duration from = {}, Duration until = Duration::max()) const;
    /// From when on the size stays within [low, high]; nothing if it does not end there.
    [[nodiscard]] std::optional<Duration> settled(Replicas low, Replicas high) const;
    /// Whether it stays within [low, high] from `after` + `within` on.
    [[nodiscard]] bool settled_within(Duration within, Duration after, Replicas low, Replicas high) const;
    [[nodiscard]] int changes(Duration from = {}, Duration until = Duration::max()) const;
    /// Changes of size against the direction of the one before.
    [[nodiscard]] int reversals(Duration from = {}, Duration until = Duration::max()) const;
    /// The share of time with more work arriving than serving replicas can do.
    [[nodiscard]] double overloaded(Duration from = {}, Duration until = Duration::max()) const;
    [[nodiscard]] double mean_size(Duration from = {}, Duration until = Duration::max()) const;
    [[nodiscard]] double worst_latency(Duration from = {}, Duration until = Duration::max()) const;
};

/// Called with each decision; for tests that look inside.
using OnDecision = std::function<void(Duration, const Decision&)>;

/// Runs the reducer with `spec` (its only target) on the plant for `length`. `spec` must be valid.
[[nodiscard]] PlantRun simulate(const PlantModel& plant, const ScalingSpec& spec, Duration length,
                                const OnDecision& on_decision = {});

}  // namespace setpoint
