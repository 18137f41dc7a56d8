// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <string>

#include "core/result.hpp"
#include "core/time.hpp"
#include "policies/cron.hpp"

namespace date {
class time_zone;
}

namespace setpoint {

using LocalMinute = std::chrono::local_time<std::chrono::minutes>;

/// A time zone by its IANA name, looked up and loaded once.
class Zone {
public:
    [[nodiscard]] static Result<Zone> named(const std::string& name);

    [[nodiscard]] LocalMinute local(WallTime t) const;
    /// A local time that a clock change skips is the moment of the change; of one that happens twice the
    /// first, or the second with `last`.
    [[nodiscard]] WallTime first(LocalMinute t) const;
    [[nodiscard]] WallTime last(LocalMinute t) const;

private:
    explicit Zone(const date::time_zone* zone) : zone_(zone) {}
    const date::time_zone* zone_;  // of the zone database, which lives as long as the program; null: UTC
};

/// Whether something is open at a moment, and until when that stays so.
struct Opening {
    bool open = false;
    WallTime until{};
};

/// Opens by cron, for a time.
struct CronWindow {
    Cron cron;
    Duration duration{};
    [[nodiscard]] Opening at(WallTime t, const Zone& zone) const;
    /// Cron expressions such as the 30th of February never do.
    [[nodiscard]] bool ever_opens() const;
};

/// Open between two local times on some days of the week.
struct WeeklyWindow {
    std::array<bool, 7> days{};  // 0 is Sunday
    std::chrono::minutes from{};
    std::chrono::minutes to{};  // more than `from`; above 24 h: on the next day
    [[nodiscard]] Opening at(WallTime t, const Zone& zone) const;
};

}  // namespace setpoint
