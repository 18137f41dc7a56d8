// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "core/events.hpp"
#include "core/fields.hpp"
#include "core/pods.hpp"
#include "core/replicas.hpp"
#include "core/samples.hpp"
#include "core/time.hpp"

namespace setpoint {

/// How many replicas of a target served, over time. Bounded: the last `kKeep` changes.
class ReadyHistory {
public:
    static constexpr std::size_t kKeep = 48;

    /// From `at` on, `ready` replicas serve. Times must not run backwards; an equal time replaces.
    void set(Time at, Replicas ready);

    /// The mean over (`end` - `window`, `end`]. Before the first change the first count holds, so that a
    /// sample older than the agent is weighed with the oldest count known. 0 without any.
    [[nodiscard]] double mean(Time end, Duration window) const;

    /// The harmonic mean over the same span, of the parts of it when any served. What a mean of load per
    /// replica must be multiplied with to give the load.
    [[nodiscard]] double harmonic_mean(Time end, Duration window) const;

    [[nodiscard]] Replicas latest() const { return changes_.empty() ? 0 : changes_.back().ready; }
    [[nodiscard]] bool empty() const { return changes_.empty(); }

    friend void bind(Fields& fields, ReadyHistory& history);

    struct Change {
        Time at{};
        Replicas ready = 0;
    };

private:
    /// Calls `part(milliseconds, ready)` for the parts of (`end` - `window`, `end`], newest first.
    template <class Part>
    void walk(Time end, Duration window, const Part& part) const;
    [[nodiscard]] Replicas at(Time t) const;

    std::vector<Change> changes_;  // oldest first
};

void bind(Fields& fields, ReadyHistory::Change& change);

/// The last things heard of one signal.
class SignalRecord {
public:
    /// Takes a sample that arrived at `received`. A value that is not finite, is below `least`, or is dated more than
    /// 30 s ahead, is bad; up to 30 s ahead counts as `received`. One not newer than the last valid one
    /// is ignored.
    void take(const Sample& sample, Time received, const ReadyHistory& ready, double least = kNoLeast);

    static constexpr double kNoLeast = -std::numeric_limits<double>::infinity();
    enum class Trouble : std::uint8_t { none, never_seen, no_data, failed, not_finite, future, too_low };

    [[nodiscard]] bool has_value() const { return has_value_; }
    [[nodiscard]] Trouble trouble() const { return trouble_; }   // of the newest sample
    [[nodiscard]] SampleKind kind() const { return kind_; }      // of the last valid one
    [[nodiscard]] double value() const { return value_; }
    [[nodiscard]] Time measured() const { return measured_; }
    [[nodiscard]] Duration window() const { return window_; }
    [[nodiscard]] double mean_ready() const { return mean_ready_; }  // over the sample's own window
    [[nodiscard]] double harmonic_ready() const { return harmonic_ready_; }
    [[nodiscard]] std::uint64_t sequence() const { return sequence_; }  // counts valid samples
    [[nodiscard]] std::span<const PodReading> pods() const { return pods_; }

    friend void bind(Fields& fields, SignalRecord& record);

private:
    SampleKind kind_ = SampleKind::no_data;
    Trouble trouble_ = Trouble::never_seen;
    bool has_value_ = false;
    double value_ = 0;
    Time measured_{};
    Duration window_{};
    double mean_ready_ = 0;
    double harmonic_ready_ = 0;
    std::uint64_t sequence_ = 0;
    std::vector<PodReading> pods_;
};

/// What is known of one target: its signals, its pods, how many of them served and when.
struct TargetBoard {
    std::vector<SignalRecord> signals;  // by SignalId
    std::vector<Pod> pods;
    ReadyHistory ready;

    void apply(const PodDelta& delta);
};

}  // namespace setpoint
