// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What is due when. Every target has a fixed grid of rounds, one per interval, shifted by a hash of a
/// text: where that is its name, policies with the same interval do not act at the same instant; those with the same text and
/// interval do. A round first gathers the signals and then decides: as soon as all of them came in, at the latest `patience`
/// after its start.
///
/// Knows no clock: `now` is an argument. A round whose time passed while nobody asked is skipped and counted.
class Timetable {
public:
    enum class Step : std::uint8_t { gather, decide };
    struct Due {
        TargetId target{};
        Step step = Step::gather;
        bool beside = false;  // of a round that is not on the grid
        friend bool operator==(const Due&, const Due&) = default;
    };

    /// How long a round waits for signals before it decides without them: half the interval, at most 2 s.
    [[nodiscard]] static Duration patience(Duration interval);

    /// Adds a target, whose rounds begin after `now`.
    void add(TargetId target, std::string_view text, Duration interval, Time now);
    /// Of one that is removed nothing is due any more.
    void remove(TargetId target) { targets_.erase(target); }

    /// A round of its own for this target, beside the grid: now, or once the one under way has decided.
    void hurry(TargetId target, Time now);

    /// A round of its own for this target at `at`, beside the grid.
    void later(TargetId target, Time at);

    /// Takes the earliest step that is due at `now`, if there is one.
    [[nodiscard]] std::optional<Due> take(Time now);

    /// All signals of the target's round came in: what follows is due at once.
    void gathered(TargetId target, Time now);

    /// When the next step is due; nothing without targets.
    [[nodiscard]] std::optional<Time> next();

    /// Rounds of this target that were left out because their time had passed.
    [[nodiscard]] std::uint64_t skipped(TargetId target) const { return targets_.at(target).skipped; }

private:
    struct Entry {
        Time at{};
        std::uint64_t round = 0;  // an entry of an earlier round, or of one that has decided, is void
        TargetId target{};
        Step step = Step::gather;
        bool beside = false;      // a round that is not on the grid
        friend bool operator>(const Entry& a, const Entry& b) { return a.at > b.at; }
    };
    struct Target {
        Duration interval{};
        std::uint64_t round = 0;
        bool gathering = false;  // the round has begun and not decided yet
        bool again = false;      // hurried meanwhile
        std::uint64_t skipped = 0;
    };

    void begin_round(const Entry& slot, Time now);
    void drop_void();

    std::unordered_map<TargetId, Target> targets_;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> entries_;
};

}  // namespace setpoint
