// SPDX-License-Identifier: Apache-2.0
#include "policies/schedule.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <variant>

#include "policies/calendar.hpp"
#include "policies/spec.hpp"

namespace setpoint {
namespace {

using std::chrono::minutes;

constexpr std::size_t kMaxWindows = 64;
constexpr Duration kLongest = std::chrono::hours{31 * 24};

struct Window {
    std::variant<WeeklyWindow, CronWindow> when;
    std::optional<Replicas> replicas;
    Bounds bounds;
};

class Schedule final : public Policy {
public:
    Schedule(Zone zone, std::vector<Window> windows, bool least_outside)
        : zone_(zone), windows_(std::move(windows)), least_outside_(least_outside) {}

    Proposal propose(const Observation& seen) override {
        if (seen.wall < from_ || seen.wall >= until_) look_up(seen.wall);
        if (open_ == nullptr) {
            const Reason outside{Code::schedule_outside, {}, {}};
            return least_outside_ ? wish(seen.bounds.min, outside) : Proposal{ProposalKind::none, 0, {}, outside, {}};
        }
        if (open_->replicas)
            return wish(*open_->replicas, {Code::schedule_size, {}, {static_cast<double>(*open_->replicas)}});
        const auto& bounds = open_->bounds;
        return {ProposalKind::bounds,
                0,
                bounds,
                {Code::schedule_bounds, {}, {static_cast<double>(bounds.min), static_cast<double>(bounds.max)}},
                {}};
    }

    void bind_state(Fields&) override {}  // the calendar says it all

private:
    /// Which window is open, and how long that answer holds.
    void look_up(WallTime wall) {
        open_ = nullptr;
        from_ = wall;
        until_ = WallTime::max();
        for (const auto& window : windows_) {
            const auto opening = std::visit([&](const auto& when) { return when.at(wall, zone_); }, window.when);
            until_ = std::min(until_, opening.until);
            if (!opening.open) continue;
            open_ = &window;
            return;  // what follows in the list does not count before this one closes
        }
    }

    Zone zone_;
    std::vector<Window> windows_;
    bool least_outside_;
    const Window* open_ = nullptr;
    WallTime from_ = WallTime::max();
    WallTime until_ = WallTime::min();
};

std::optional<minutes> time_of_day(const std::string& text) {
    const auto digit = [&](std::size_t at) { return std::isdigit(static_cast<unsigned char>(text[at])) != 0; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
    const int hour = (text[0] - '0') * 10 + text[1] - '0';
    const int minute = (text[3] - '0') * 10 + text[4] - '0';
    if (minute > 59 || hour > 24 || (hour == 24 && minute > 0)) return std::nullopt;
    return minutes{hour * 60 + minute};
}

std::optional<std::size_t> weekday_of(std::string text) {
    static constexpr std::array<std::string_view, 7> names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto found = std::ranges::find(names, text);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
}

WeeklyWindow weekly(const ScheduleWindow& given, Diagnostics& out) {
    WeeklyWindow window;
    window.days.fill(given.days.empty());
    for (std::size_t i = 0; i < given.days.size(); ++i) {
        const auto day = weekday_of(given.days[i]);
        if (day)
            window.days[*day] = true;
        else
            out.error(fmt::format("days[{}]", i),
                      fmt::format("must be one of mon, tue, wed, thu, fri, sat, sun, was '{}'", given.days[i]));
    }
    const auto read = [&](const char* path, const std::string& text) {
        const auto time = time_of_day(text);
        if (!time) out.error(path, fmt::format("must be a time of day from 00:00 to 24:00, was '{}'", text));
        return time.value_or(minutes{0});
    };
    window.from = read("from", given.from);
    window.to = read("to", given.to);
    if (window.from == window.to)
        out.error("to", fmt::format("must differ from from, was '{}'; a whole day is 00:00 to 24:00", given.to));
    if (window.to < window.from) window.to += std::chrono::hours{24};
    return window;
}

std::optional<CronWindow> by_cron(const ScheduleWindow& given, Diagnostics& out) {
    const auto cron = Cron::parse(given.cron);
    if (!cron) out.error("cron", cron.error().message);
    if (!given.duration)
        out.error("duration", "is missing: how long the window stays open");
    else if (*given.duration <= Duration::zero() || *given.duration > kLongest)
        out.error("duration", fmt::format("must be above 0 and at most 31d, was {} s", seconds(*given.duration)));
    if (!cron || !given.duration) return std::nullopt;
    CronWindow window{*cron, *given.duration};
    if (!window.ever_opens()) out.error("cron", fmt::format("names a day that does not exist, was '{}'", given.cron));
    return window;
}

/// The window in the form that answers, or complaints.
std::optional<Window> compile(const ScheduleWindow& given, Bounds bounds, Diagnostics& out) {
    Window window{WeeklyWindow{}, given.replicas, {given.min.value_or(bounds.min), given.max.value_or(bounds.max)}};
    const bool is_weekly = !given.days.empty() || !given.from.empty() || !given.to.empty();
    if (given.cron.empty() != is_weekly || (is_weekly && given.duration)) {
        out.error("", "must have either cron and duration, or from and to (and days)");
        return std::nullopt;
    }
    const bool is_bounds = given.min.has_value() || given.max.has_value();
    if (given.replicas.has_value() == is_bounds)
        out.error("", "must have either replicas, or min and max or one of them");
    const auto check = [&](const char* path, const std::optional<Replicas>& size) {
        if (size && (*size < 0 || *size > kMaxReplicas))
            out.error(path, fmt::format("must be 0 to {}, was {}", kMaxReplicas, *size));
    };
    check("replicas", given.replicas);
    check("min", given.min);
    check("max", given.max);
    if (window.bounds.min > window.bounds.max) {
        out.error("", fmt::format("min must not be above max, was {} above {}", window.bounds.min, window.bounds.max));
    }
    if (given.replicas && bounds.clamp(*given.replicas) != *given.replicas) {
        out.warning("replicas", fmt::format("is outside of the document's replicas ({} to {}), was {}", bounds.min,
                                            bounds.max, *given.replicas));
    }
    if (is_weekly) {
        window.when = weekly(given, out);
    } else if (const auto when = by_cron(given, out)) {
        window.when = *when;
    }
    return out.ok() ? std::optional{window} : std::nullopt;
}

}  // namespace

void bind(Fields& fields, ScheduleWindow& window) {
    fields.optional("cron", window.cron, {}, "when the window opens: minute hour day-of-month month day-of-week");
    fields.optional("duration", window.duration, lasting(std::chrono::minutes{1}, kLongest), "how long it stays open");
    fields.optional("days", window.days, {}, "mon to sun; absent: every day");
    fields.optional("from", window.from, {}, "when it opens on those days, hh:mm");
    fields.optional("to", window.to, {}, "when it closes, hh:mm; not after from: on the next day");
    fields.optional("replicas", window.replicas, between(0, kMaxReplicas), "the size while it is open");
    fields.optional("min", window.min, between(0, kMaxReplicas), "the least replicas while it is open");
    fields.optional("max", window.max, between(0, kMaxReplicas), "the most replicas while it is open");
}

void bind(Fields& fields, ScheduleSettings& settings) {
    fields.optional("timezone", settings.timezone, {}, "an IANA time zone: Europe/Berlin");
    fields.required("windows", settings.windows, {}, "when, and which size or bounds then; the first open one counts");
}

void validate(const ScheduleSettings& settings, const ScalingSpec& spec, Diagnostics& out) {
    if (const auto zone = Zone::named(settings.timezone); !zone) out.error("timezone", zone.error().message);
    if (settings.windows.empty() || settings.windows.size() > kMaxWindows) {
        out.error("windows", fmt::format("must be 1 to {}, were {}", kMaxWindows, settings.windows.size()));
    }
    for (std::size_t i = 0; i < settings.windows.size() && i < kMaxWindows; ++i) {
        Diagnostics part;
        (void)compile(settings.windows[i], spec.replicas, part);
        out.adopt(fmt::format("windows[{}]", i), part);
    }
}

Result<std::unique_ptr<Policy>> make(const ScheduleSettings& settings, const ScalingSpec& spec) {
    const auto zone = Zone::named(settings.timezone);
    if (!zone) return tl::unexpected<Error>(zone.error());
    std::vector<Window> windows;
    for (const auto& given : settings.windows) {
        Diagnostics complaints;
        const auto window = compile(given, spec.replicas, complaints);
        if (!window)
            return fail(Errc::bad_config,
                        "a window of the schedule is wrong: " + complaints.complaints().front().message);
        windows.push_back(*window);
    }
    const bool sizes = std::ranges::any_of(windows, [](const Window& window) { return window.replicas.has_value(); });
    // With `combine: min` a wish for the least would silence all others.
    return std::make_unique<Schedule>(*zone, std::move(windows), sizes && spec.combine == Combine::max);
}

}  // namespace setpoint
