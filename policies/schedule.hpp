// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics.hpp"
#include "core/fields.hpp"
#include "core/result.hpp"
#include "policies/policy.hpp"

namespace setpoint {

struct ScalingSpec;

/// When, and what then. Either `cron` and `duration`, or `from` and `to` on `days`; either `replicas`, or
/// `min`, `max` or both.
struct ScheduleWindow {
    std::string cron;  // opens then, for `duration` of elapsed time
    std::optional<Duration> duration;
    std::vector<std::string> days;     // mon to sun; none: every day
    std::string from;                  // hh:mm, local
    std::string to;                    // hh:mm; not after `from`: on the next day
    std::optional<Replicas> replicas;  // a wish
    std::optional<Replicas> min;       // other bounds; one that is absent is the document's
    std::optional<Replicas> max;
};

/// Sizes and bounds by the calendar. Where several windows are open, the first in the list counts. Outside
/// of them a schedule of sizes wishes for no more than `min`, and one of bounds says nothing.
///
/// A local time that a clock change skips is the moment of the change; of one that happens twice a window
/// opens at the first and closes at the second.
struct ScheduleSettings {
    static constexpr std::string_view kind = "schedule";
    static constexpr std::string_view help = "Sets sizes or bounds by time of day and week";
    std::string timezone = "UTC";  // IANA: Europe/Berlin
    std::vector<ScheduleWindow> windows;
};

void bind(Fields& fields, ScheduleWindow& window);
void bind(Fields& fields, ScheduleSettings& settings);
void validate(const ScheduleSettings& settings, const ScalingSpec& spec, Diagnostics& out);
[[nodiscard]] Result<std::unique_ptr<Policy>> make(const ScheduleSettings& settings, const ScalingSpec& spec);

}  // namespace setpoint
