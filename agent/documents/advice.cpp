// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/advice.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <variant>

#include "agent/documents/document.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

/// A rate over fewer scrapes than this misses one and is gone, or jumps.
constexpr int kScrapesInAWindow = 4;

/// Only floors: what the load falls to is nobody's wish.
bool is_floor(const PolicyEntry& entry) { return kind_of(entry.settings) == "predictive"; }

/// The shortest range in a PromQL query: `[1m]`, `[5m:30s]`.
std::optional<Duration> shortest_range(std::string_view query) {
    std::optional<Duration> shortest;
    for (auto at = query.find('['); at != std::string_view::npos; at = query.find('[', at + 1)) {
        const auto range = query.substr(at + 1, query.find_first_of("]:", at + 1) - at - 1);
        const auto length = parse_duration(range);
        if (length && (!shortest || *length < *shortest)) shortest = *length;
    }
    return shortest;
}

void advise_on_signals(const PolicyDocument& document, const std::set<std::string>& used, Diagnostics& out) {
    const auto& spec = document.spec;
    for (std::size_t i = 0; i < spec.signals.size(); ++i) {
        const auto& signal = spec.signals[i];
        const auto path = "signals." + signal.name;
        const auto* prometheus = document.sources[i] ? std::get_if<PrometheusSource>(&*document.sources[i]) : nullptr;
        if (const auto range = prometheus ? shortest_range(prometheus->query) : std::nullopt; range && *range < kScrapesInAWindow * signal.resolution) {
            out.warning(path + ".prometheus.query",
                        fmt::format("the window of {} has fewer than {} scrapes at a resolution of {}: one lost scrape empties it; use {} or more",
                                    format_duration(*range), kScrapesInAWindow, format_duration(signal.resolution),
                                    format_duration(kScrapesInAWindow * signal.resolution)));
        }
        const bool companion = std::ranges::find(spec.signals, signal.name, &SignalSpec::idle_when) != spec.signals.end();
        const bool activates = spec.replicas.min == 0 && !signal.per_pod;
        const bool orders = signal.name == spec.leave_first;
        if (!used.contains(signal.name) && !companion && !activates && !orders) out.warning(path, "no policy uses this signal");
        if (signal.max_age && *signal.max_age < signal.resolution) {
            out.warning(path + ".maxAge", fmt::format("is shorter than the resolution of {}: every sample is stale before the next one comes",
                                                      format_duration(signal.resolution)));
        }
    }
}

/// Of a tolerance: a ratio is never below 0.
constexpr double kAll = 1;

void advise_on_tolerance(const ScalingSpec& spec, Diagnostics& out) {
    bool by_behavior = false;
    for (std::size_t i = 0; i < spec.policies.size(); ++i) {
        const auto* track = std::get_if<TrackSettings>(&spec.policies[i].settings);
        if (track == nullptr) continue;
        by_behavior = by_behavior || !track->tolerance;
        if (track->tolerance.value_or(0) < kAll) continue;
        out.warning(fmt::format("policies[{}].track.tolerance", i), fmt::format("of {}: however low the signal is, this policy never wishes fewer replicas", format_percentage(*track->tolerance)));
    }
    const auto down = spec.behavior.value_or(Behavior{}).scale_down.tolerance.value_or(0);
    if (by_behavior && down >= kAll) {
        out.warning("behavior.scaleDown.tolerance", fmt::format("of {} ({}): however low a signal is, track never wishes fewer replicas", format_number(down), format_percentage(down)));
    }
}

/// Whether a window of some schedule does.
template <class Does>
bool any_window(const ScalingSpec& spec, const Does& does) {
    return std::ranges::any_of(spec.policies, [&](const PolicyEntry& entry) {
        const auto* schedule = std::get_if<ScheduleSettings>(&entry.settings);
        return schedule != nullptr && std::ranges::any_of(schedule->windows, does);
    });
}

/// With a minimum of 0, and no signal that says whether there is work.
void advise_on_sleep(const ScalingSpec& spec, Diagnostics& out) {
    if (spec.replicas.min > 0 || !std::ranges::all_of(spec.signals, &SignalSpec::per_pod)) return;
    const bool wakes = any_window(spec, [](const ScheduleWindow& window) { return window.replicas.value_or(0) > 0 || window.min.value_or(0) > 0; });
    const bool sleeps = spec.compat == Compat::hpa || any_window(spec, [](const ScheduleWindow& window) { return window.max == 0; });
    if (!wakes) {
        out.warning("replicas.min", "is 0, and no signal is measured while nothing runs: the target would never start again; "
                                    "add a signal from outside of the pods, such as a queue or a rate at the ingress");
    } else if (!sleeps) {
        out.warning("replicas.min", "is 0, and without a signal from outside of the pods the target never goes below 1: add one that says whether there is work, "
                                    "or give the schedule a window with max: 0");
    }
}

/// A goal that is legal, and nearly always a unit that was forgotten or one too many: `500m` of memory is half a byte.
void advise_on_amounts(const ScalingSpec& spec, Diagnostics& out) {
    constexpr double kLeastBytes = 64 * 1024;
    constexpr double kMostCores = 128;
    constexpr double kMostUtilization = 10;
    for (std::size_t i = 0; i < spec.policies.size(); ++i) {
        const auto* track = std::get_if<TrackSettings>(&spec.policies[i].settings);
        if (track && track->utilization > kMostUtilization) {
            out.warning(fmt::format("policies[{}].track.utilization", i), fmt::format("is {} times what a replica states; 0.7 is written 70%", format_number(*track->utilization)));
        }
        const auto id = track && track->average_value ? spec.find_signal(track->signal) : std::nullopt;
        if (!id || !spec.signals[index(*id)].per_pod) continue;
        const auto path = fmt::format("policies[{}].track.averageValue", i);
        const auto dimension = spec.signals[index(*id)].dimension;
        if (dimension == Dimension::bytes && *track->average_value < kLeastBytes) {
            out.warning(path, fmt::format("is {} bytes for each replica; 500Mi is 500 mebibytes", format_number(*track->average_value)));
        }
        if (dimension == Dimension::cores && *track->average_value > kMostCores) {
            out.warning(path, fmt::format("is {} cores for each replica; 500m is half a core", format_number(*track->average_value)));
        }
    }
}

}  // namespace

void advise(const PolicyDocument& document, const std::set<std::string>& used_signals, Diagnostics& out) {
    const auto& spec = document.spec;
    advise_on_signals(document, used_signals, out);
    advise_on_amounts(spec, out);
    advise_on_tolerance(spec, out);
    if (!spec.policies.empty() && std::ranges::all_of(spec.policies, is_floor)) {
        out.warning("policies", "only floors: nothing wishes a size when the forecast is wrong; add a track or pid policy");
    }
    advise_on_sleep(spec, out);
    if (spec.replicas.min == spec.replicas.max) {
        out.warning("replicas", fmt::format("min and max are both {}: the size can never change", spec.replicas.min));
    }
}

}  // namespace setpoint
