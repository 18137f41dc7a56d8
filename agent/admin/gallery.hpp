// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/obstacle.hpp"
#include "policies/event.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

/// What one tick decided, for plots and lists.
struct PastDecision {
    Time time{};
    Replicas current = 0;
    Replicas ready = 0;
    Replicas replicas = 0;
    Reason reason;
};

/// How far a policy in shadow decides what whoever scales its target did: over the decisions that are kept.
struct Agreement {
    std::size_t decisions = 0;
    std::size_t same = 0;         // of them, those that wished the size that was there
    double mean_difference = 0;   // replicas, of wished less there
    Duration over{};
};

/// A signal as people look at it: in the unit of its goal.
struct ShownSignal {
    std::optional<double> value;
    std::optional<double> goal;
};

/// What the admin API shows of one target beyond what the reducer knows: its last decision, the ones before,
/// what became of writes, and counts since the agent started.
struct Picture {
    struct Change {
        Time time{};
        Replicas from = 0;
        Replicas to = 0;
        std::string reason;
        bool ours = true;
        std::string who;                      // of another hand's, where it is known
    };

    std::string name;
    std::vector<std::string> signal_names;
    std::optional<Decision> last;
    Replicas size = 0;                        // with the last decision, or since by a write that worked
    std::string who;                          // changed it last, where the orchestrator told
    std::vector<ShownSignal> signals;         // by SignalId
    bool found_anew = false;                  // another agent may have sized it: what is seen next is no change
    std::optional<Change> change;
    std::optional<Time> scaled;               // when we changed it last
    std::string failure;                      // of the last write; empty: it worked
    std::optional<Time> held_since;
    std::optional<Obstacle> obstacle;         // in the way of seeing or sizing the target
    std::string detour;                       // why metrics come another way than was asked for; empty: they do not
    std::uint64_t told_by = 0;                // the turn of who told of these two

    std::map<Code, std::uint64_t> decisions;
    std::uint64_t ups = 0;
    std::uint64_t downs = 0;
    std::uint64_t reversals = 0;
    int direction = 0;                        // of the last change

    /// The decisions kept after `since`, oldest first, at most the newest `limit`; `see(decision, values)` is
    /// called with the signals' values, NaN where there is none.
    template <class See>
    void each_since(Time since, std::size_t limit, const See& see) const {
        const auto place = [&](std::size_t i) { return (oldest + i) % past.size(); };
        std::size_t first = 0;
        while (first < past.size() && past[place(first)].time <= since) ++first;
        if (past.size() - first > limit) first = past.size() - limit;
        for (std::size_t i = first; i < past.size(); ++i) {
            see(past[place(i)], values.data() + place(i) * signals.size());
        }
    }

    /// Nothing before the first decision.
    [[nodiscard]] std::optional<Agreement> agreement() const;

    std::vector<PastDecision> past;           // a ring once it is full
    std::vector<double> values;               // past.size() times the number of signals
    std::size_t oldest = 0;
};

/// Keeps a picture of each target, on the main thread. Bounded: the decisions of all targets share kRoom.
class Gallery {
public:
    static constexpr std::size_t kRoom = 180'000;
    static constexpr std::size_t kMostEach = 720;
    static constexpr std::size_t kLeastEach = 16;

    static constexpr std::size_t kOutcomes = 5;  // of ApplyOutcome

    /// Where a signal comes from: docker.
    using SourceOf = std::function<std::string(TargetId, SignalId)>;

    Gallery(const Reducer& control, Time started, SourceOf source_of)
        : control_(control), source_of_(std::move(source_of)), started_(started), configured_(started) {}

    /// Takes in an event that was reduced, and what it decided.
    void saw(const Event& event, const Decision* decision);

    /// Who tells of a policy's target; one of an earlier turn has nothing to say any more.
    struct Teller {
        std::string name;  // of the policy: namespace/name
        std::uint64_t turn = 0;
    };
    /// What is in the way of the target.
    void hindered(const Teller& teller, std::optional<Obstacle> obstacle);
    /// Why its metrics come another way than was asked for; empty: they do not.
    void detoured(const Teller& teller, std::string why);

    [[nodiscard]] std::size_t size() const { return pictures_.size(); }
    [[nodiscard]] const Picture& of(TargetId target) const { return pictures_[index(target)]; }
    /// Since the start, over all policies.
    [[nodiscard]] const std::array<std::uint64_t, kOutcomes>& outcomes() const { return outcomes_; }
    [[nodiscard]] const std::map<std::string, std::uint64_t>& source_errors() const { return source_errors_; }
    [[nodiscard]] Time started() const { return started_; }
    [[nodiscard]] Time configured() const { return configured_; }  // when the configuration in force came

private:
    /// Null: there is no such policy, or the teller is of an earlier turn.
    [[nodiscard]] Picture* told_by(const Teller& teller);
    void configure(Time now);
    void decided(const Decision& decision);
    void look_at_signals(Picture& picture, const Decision& decision) const;
    void remember(Picture& picture, const Decision& decision) const;
    void applied(Time now, const ApplyResult& result);

    const Reducer& control_;
    SourceOf source_of_;
    std::array<std::uint64_t, kOutcomes> outcomes_{};
    std::map<std::string, std::uint64_t> source_errors_;
    Time started_;
    Time configured_;
    std::vector<Picture> pictures_;
};

/// In which unit people see a signal: `cores`, `B`, `s`, `/s`, `ratio`, or nothing. Of CPU and memory whose goal is a
/// utilization that is `ratio`.
[[nodiscard]] std::string_view unit_of(const ScalingSpec& spec, SignalId signal);

}  // namespace setpoint
