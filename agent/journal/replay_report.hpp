// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "agent/journal/decision_news.hpp"
#include "agent/journal/replay.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What of a journal is shown.
struct ReplayFilter {
    std::optional<Time> from;
    std::optional<Time> to;
    std::string policy;  // empty: all

    [[nodiscard]] bool has(Time time) const { return (!from || time >= *from) && (!to || time <= *to); }
    [[nodiscard]] bool has(const std::string& name) const { return policy.empty() || policy == name; }
};

enum class ReplayFormat : std::uint8_t { table, json };

/// Makes the lines of a replay: the decisions that say something new, and each that is not the recorded one.
class ReplayReport {
public:
    ReplayReport(ReplayFormat format, ReplayFilter filter) : format_(format), filter_(std::move(filter)) {}

    /// The lines of a step, or nothing.
    [[nodiscard]] std::string line(const ReplayStep& step);
    /// Of a decision that is only on record, its inputs being gone.
    [[nodiscard]] std::string line(const DecisionRecord& record);
    [[nodiscard]] std::string line(const Gap& gap) const;

    [[nodiscard]] std::uint64_t ticks() const { return ticks_; }
    [[nodiscard]] std::uint64_t otherwise() const { return otherwise_; }
    /// Ticks that came to the same, with some other number in the trace.
    [[nodiscard]] std::uint64_t trace() const { return trace_; }

private:
    [[nodiscard]] std::string decision(const Decision& decision, const ScalingSpec& spec) const;

    ReplayFormat format_;
    ReplayFilter filter_;
    std::map<std::string, DecisionNews> news_;  // by policy: places change with the configuration
    std::uint64_t ticks_ = 0;
    std::uint64_t otherwise_ = 0;
    std::uint64_t trace_ = 0;
};

}  // namespace setpoint
