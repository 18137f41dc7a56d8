// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "agent/admin/gallery.hpp"
#include "agent/live/event_desk.hpp"
#include "agent/live/policy_status.hpp"
#include "core/time.hpp"

namespace setpoint {

/// A policy as it was at one look.
struct PolicyGlance {
    PolicyStatus status;
    std::optional<Picture::Change> change;  // of the size, the last one
    bool in_trouble = false;                // held for so long that it was told
};

/// A hold is worth an Event when it lasts so long; a rollout or one lost answer is not.
inline constexpr Duration kHoldIsNews = std::chrono::minutes{1};

/// The glance that follows `before`, and what is worth an Event since. `picture`: of the target; null: nothing is in force.
struct PolicyNews {
    PolicyGlance glance;
    std::vector<Occasion> occasions;
};
[[nodiscard]] PolicyNews news_of(const PolicyGlance* before, PolicyStatus status, const Picture* picture, Time now);

}  // namespace setpoint
