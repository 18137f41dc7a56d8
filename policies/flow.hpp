// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/fields.hpp"
#include "core/replicas.hpp"
#include "core/time.hpp"
#include "policies/rate.hpp"

namespace setpoint {

/// How much went by within the last while, in fixed room: what comes within the same step of the window (a 60th, where
/// nothing else is said) counts as one, at the later time. So it is forgotten up to a step late, never early.
class Flow {
public:
    explicit Flow(Duration window, std::int64_t steps = 60);

    /// `at` never runs backwards.
    void add(Time at, Replicas amount);
    [[nodiscard]] std::int64_t sum(Time now) const;

    friend void bind(Fields& fields, Flow& flow);

private:
    [[nodiscard]] std::int64_t slot(Time at) const { return at.time_since_epoch() / width_; }

    Duration window_;
    Duration width_;
    std::vector<ScaleEvent> events_;
};

}  // namespace setpoint
