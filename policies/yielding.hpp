// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/fields.hpp"
#include "core/replicas.hpp"
#include "core/time.hpp"
#include "policies/decision.hpp"

namespace setpoint {

/// How long a size that somebody else set is respected; 0: not at all.
struct YieldSettings {
    Duration to_increase = std::chrono::minutes{30};
    Duration to_decrease = std::chrono::minutes{10};
    friend bool operator==(const YieldSettings&, const YieldSettings&) = default;
};

void bind(Fields& fields, YieldSettings& yield);

/// A size that somebody else set and that is given way to.
struct GivenWay {
    Replicas size = 0;
    bool raised = false;
    Time until{};
};

/// Changes by others shortly after one another, as one.
struct ForeignRun {
    Replicas from = 0;
    Replicas to = 0;
    Time began{};
    Time last{};
    std::optional<GivenWay> before;  // what was given way to when it began
};

void bind(Fields& fields, GivenWay& given);
void bind(Fields& fields, ForeignRun& run);

/// Gives way to another hand for a while: a size that it raised is a floor, one that it lowered stays as it is.
/// Bounds stand above it. The last change counts.
///
/// Changes that follow one another closely are one, from the first size to the last: who makes replicas anew one by
/// one lowers and raises the size in turns, and has changed nothing in the end. Until such a run has been over for
/// kSettles, a size that is not above its first one stays, even below the bounds.
class Yielding {
public:
    /// How long after a change another one may be the same hand's next.
    static constexpr Duration kSettles = std::chrono::seconds{15};
    /// The longest run that is waited for.
    static constexpr Duration kLongestRun = std::chrono::minutes{5};

    explicit Yielding(YieldSettings settings) : settings_(settings) {}

    void changed(Time now, Replicas from, Replicas to);
    /// A size of our own is in force: what others do next begins with it.
    void ours() { run_.reset(); }
    void end();

    /// Until when the size stays because somebody may be about to change it on.
    [[nodiscard]] std::optional<Time> settling(Time now) const;
    /// What `wanted` becomes, if it becomes something else.
    [[nodiscard]] std::optional<Limit> limit(Time now, Replicas current, Replicas wanted, Bounds bounds);

    friend void bind(Fields& fields, Yielding& yielding);

private:
    YieldSettings settings_;
    std::optional<ForeignRun> run_;
    std::optional<GivenWay> given_;
};

}  // namespace setpoint
