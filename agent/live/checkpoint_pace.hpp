// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "core/time.hpp"

namespace setpoint {

/// When the state is saved: at once after what a restart must know, and now and then for what was learnt. A
/// checkpoint is whole, so the more policies it holds, the further apart they are: else a thousand policies that
/// are scaled one after the other would each save all thousand.
class CheckpointPace {
public:
    static constexpr Duration kEvery = std::chrono::seconds{30};
    static constexpr Duration kApart = std::chrono::milliseconds{1};  // for each policy

    /// Something happened that a restart must know.
    void must_save() { waiting_ = true; }

    /// Whether to save now; the first time asked counts as saved.
    [[nodiscard]] bool due(Time now, std::size_t policies) {
        if (!saved_) saved_ = now;
        const Duration since = now - *saved_;
        return since >= kEvery || (waiting_ && (!any_ || since >= kApart * policies));
    }

    void saved(Time now) {
        saved_ = now;
        any_ = true;
        waiting_ = false;
    }

private:
    std::optional<Time> saved_;
    bool any_ = false;
    bool waiting_ = false;
};

}  // namespace setpoint
