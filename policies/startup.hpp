// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/fields.hpp"
#include "core/pods.hpp"
#include "core/time.hpp"

namespace setpoint {

/// How long a new replica of a target takes to serve, learnt from the starts seen: 60 s until five were
/// seen, then quantiles of the last 50, moving at most 25 % a day.
class StartupTime {
public:
    /// A pod as it is now. The first time it is ready after its start counts, once; in a rollout it does not.
    void observe(Time now, const Pod& pod, bool rolling_out = false);

    [[nodiscard]] Duration p90() const { return p90_; }
    [[nodiscard]] Duration p99() const { return p99_; }
    /// The starts kept say something else, and the bound on its change holds it back.
    [[nodiscard]] bool held_back() const;
    [[nodiscard]] std::size_t starts_seen() const { return starts_.size(); }

    friend void bind(Fields& fields, StartupTime& startup);

private:
    static constexpr Duration kUntilLearnt = std::chrono::seconds{60};
    std::vector<std::int64_t> starts_;      // ms, the last 50
    std::vector<std::uint64_t> counted_;    // pods that were counted, the last 64
    Duration p90_ = kUntilLearnt;
    Duration p99_ = kUntilLearnt;
    Time moved_{};                          // when the quantiles last moved
};

}  // namespace setpoint
