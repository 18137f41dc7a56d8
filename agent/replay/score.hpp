// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/ids.hpp"
#include "core/replicas.hpp"
#include "core/time.hpp"
#include "policies/decision.hpp"

namespace setpoint {

/// Sizes over time, each weighed with the time that it held.
struct SizeScore {
    Replicas min = 0;
    Replicas max = 0;
    double replica_hours = 0;
    double hours = 0;

    void add(Replicas size, Duration held);
    [[nodiscard]] double mean() const { return hours > 0 ? replica_hours / hours : 0; }
};

/// Time without a decision, by its cause.
struct HoldScore {
    Code code{};
    SignalId signal{};
    Duration total{};
    Duration longest{};
    std::uint64_t times = 0;
};

/// How a run went.
struct Score {
    SizeScore size;
    std::optional<SizeScore> recorded;  // the sizes in the recording, where it has them
    std::uint64_t ticks = 0;
    std::uint64_t ups = 0;
    std::uint64_t downs = 0;
    std::uint64_t reversals = 0;   // actions against the direction of the one before
    Duration degraded{};           // held longer than holdFor, or acting by onMissing
    std::vector<HoldScore> holds;  // the longest first

    [[nodiscard]] std::uint64_t actions() const { return ups + downs; }
    [[nodiscard]] double actions_per_day() const {
        return size.hours > 0 ? static_cast<double>(actions()) * 24 / size.hours : 0;
    }
};

/// Scores a run, decision by decision.
class Scorer {
public:
    /// The decision, and how long its size then held.
    void add(const Decision& decision, Duration held);
    void add_recorded(Replicas size, Duration held);
    [[nodiscard]] Score finish();

private:
    void add_hold(const Decision& decision, Duration held);
    void count_action(const Decision& decision);

    Score score_;
    int direction_ = 0;                   // of the last action
    std::optional<std::size_t> in_hold_;  // in score_.holds
    Duration hold_lasts_{};
};

}  // namespace setpoint
