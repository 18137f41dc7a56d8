// SPDX-License-Identifier: Apache-2.0
#include "policies/calendar.hpp"

#include <date/tz.h>
#include <fmt/core.h>

#include <algorithm>
#include <exception>
#include <optional>

namespace setpoint {
namespace {

using std::chrono::minutes;
using Days = std::chrono::days;

constexpr int kMinutes = 24 * 60;  // of a day
/// Leap days are eight years apart at most.
constexpr int kDaysAhead = 8 * 366 + 1;
/// More than any clock change of our days moves a clock.
constexpr minutes kClockChange{3 * 60};

WallTime to_wall(LocalMinute t, const date::time_zone* zone, date::choose which) {
    if (zone == nullptr) return WallTime{t.time_since_epoch()};
    return WallTime{zone->to_sys(date::local_time<minutes>{t.time_since_epoch()}, which).time_since_epoch()};
}

bool opens_at(const Cron& cron, int minute) {
    return cron.at_minute(static_cast<unsigned>(minute % 60)) && cron.at_hour(static_cast<unsigned>(minute / 60));
}

/// The last opening that is not after `t`; openings of more than `reach` before are not looked for.
std::optional<WallTime> last_opening(const Cron& cron, const Zone& zone, WallTime t, Duration reach) {
    const LocalMinute local = zone.local(t);
    const auto today = std::chrono::floor<Days>(local);
    const auto oldest = today - std::chrono::ceil<Days>(reach) - Days{2};
    for (auto day = today + Days{1}; day >= oldest; day -= Days{1}) {
        for (int minute = cron.on(day) ? kMinutes - 1 : -1; minute >= 0; --minute) {
            if (!opens_at(cron, minute) || day + minutes{minute} > local + kClockChange) continue;
            if (const WallTime opened = zone.first(day + minutes{minute}); opened <= t) return opened;
        }
    }
    return std::nullopt;
}

WallTime next_opening(const Cron& cron, const Zone& zone, WallTime t) {
    const LocalMinute local = zone.local(t);
    const auto today = std::chrono::floor<Days>(local);
    for (auto day = today - Days{1}; day < today + Days{kDaysAhead}; day += Days{1}) {
        for (int minute = cron.on(day) ? 0 : kMinutes; minute < kMinutes; ++minute) {
            if (!opens_at(cron, minute) || day + minutes{minute} < local - kClockChange) continue;
            if (const WallTime opens = zone.first(day + minutes{minute}); opens > t) return opens;
        }
    }
    return WallTime::max();
}

}  // namespace

Result<Zone> Zone::named(const std::string& name) {
    if (name == "UTC") return Zone{nullptr};
    try {
        const auto* zone = date::locate_zone(name);
        (void)zone->get_info(date::sys_seconds{});  // loads its rules: later questions read no file
        return Zone{zone};
    } catch (const std::exception&) {
        return fail(Errc::bad_config, fmt::format("must be an IANA time zone such as Europe/Berlin, was '{}'", name));
    }
}

LocalMinute Zone::local(WallTime t) const {
    if (zone_ == nullptr) return LocalMinute{std::chrono::floor<minutes>(t.time_since_epoch())};
    return LocalMinute{std::chrono::floor<minutes>(zone_->to_local(t).time_since_epoch())};
}

WallTime Zone::first(LocalMinute t) const { return to_wall(t, zone_, date::choose::earliest); }
WallTime Zone::last(LocalMinute t) const { return to_wall(t, zone_, date::choose::latest); }

Opening CronWindow::at(WallTime t, const Zone& zone) const {
    const auto opened = last_opening(cron, zone, t, duration);
    if (opened && t < *opened + duration) return {true, *opened + duration};
    return {false, next_opening(cron, zone, t)};
}

bool CronWindow::ever_opens() const {
    const std::chrono::local_days start{std::chrono::year{2024} / 1 / 1};
    for (int day = 0; day < kDaysAhead; ++day) {
        if (cron.on(start + Days{day})) return true;
    }
    return false;
}

Opening WeeklyWindow::at(WallTime t, const Zone& zone) const {
    const auto today = std::chrono::floor<Days>(zone.local(t));
    Opening answer{false, WallTime::max()};
    for (auto day = today - Days{2}; day <= today + Days{9}; day += Days{1}) {
        if (!days[std::chrono::weekday{day}.c_encoding()]) continue;
        const WallTime opens = zone.first(day + from);
        const WallTime closes = zone.last(day + to);
        if (opens <= t && t < closes) return {true, closes};
        if (opens > t && opens < closes) answer.until = std::min(answer.until, opens);
    }
    return answer;
}

}  // namespace setpoint
