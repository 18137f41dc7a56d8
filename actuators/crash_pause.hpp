// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/replicas.hpp"
#include "core/time.hpp"

namespace setpoint {

/// Keeps new containers that end soon after their start from being made again and again: the next one is made alone,
/// after a pause that doubles, and the others once it has stayed. Pure.
class CrashPause {
public:
    static constexpr Duration kSoon = std::chrono::minutes{2};   // after the last start
    static constexpr Duration kProof = std::chrono::seconds{10}; // who lives so long stays
    static constexpr Duration kFirstPause = std::chrono::seconds{10};
    static constexpr Duration kLongestPause = std::chrono::minutes{5};

    /// How many of `missing` may be started: none in a pause, one to try it.
    [[nodiscard]] Replicas allowed(Time now, Replicas missing);
    /// Containers were started.
    void started(Time now);
    /// One of them was found ended by itself, `how`: `exit code 7`.
    void ended(Time now, std::string how);

    /// The last ones started did not stay, as far as is known.
    [[nodiscard]] bool troubled() const { return failures_ > 0; }
    /// For the person; the same words for as long as it lasts.
    [[nodiscard]] std::string why() const;

private:
    int failures_ = 0;    // one after the other
    bool trying_ = false; // one was started since the last of them
    Time until_{};        // of the pause, or of the proof
    Time last_start_{Time::min()};
    std::string how_;      // of the last of them
};

}  // namespace setpoint
