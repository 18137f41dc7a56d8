// SPDX-License-Identifier: Apache-2.0
#include "policies/reason.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include "policies/policy.hpp"

namespace setpoint {
namespace {

struct Text {
    Code code;
    std::string_view name;
    std::string_view sentence;  // {0} to {5} the numbers, {6} the signal
};

// In the order of the enumerators.
constexpr Text kTexts[] = {
    {Code::none, "none", "nothing to say"},
    {Code::no_data, "no_data", "{6} has no data"},
    {Code::source_failed, "source_failed", "the source of {6} does not answer; its last value is {0:.3g} s old"},
    {Code::stale, "stale", "{6} is {0:.3g} s old, and {1:.3g} s are allowed"},
    {Code::not_a_number, "not_a_number", "{6} is not a finite number"},
    {Code::from_the_future, "from_the_future", "{6} is dated more than 30 s ahead"},
    {Code::idle, "idle", "{6} is idle: no traffic, so nothing to measure"},
    {Code::ratio, "ratio", "{6} at {0:.4g} against a goal of {1:.4g} (x{2:.3g}) on {3:.3g} ready replicas asks for {4:.4g}"},
    {Code::within_tolerance, "within_tolerance", "{6} at {0:.4g} is within tolerance of its goal {1:.4g} (x{2:.3g})"},
    {Code::saturated, "saturated", "{6} at {0:.4g} is saturated: the shortage is at least that"},
    {Code::no_ready_pods, "no_ready_pods", "no replica is ready"},
    {Code::no_pods, "no_pods", "no pod has a usable sample of {6}"},
    {Code::no_requests, "no_requests", "{0:.0f} pods state no request, so the utilization of {6} is undefined"},
    {Code::fill_reversed, "fill_reversed", "{6} asks for a change (x{0:.3g}) that counting missing and unready pods reverses (x{1:.3g})"},
    {Code::fill_within, "fill_within", "{6} is within tolerance (x{1:.3g}) once missing and unready pods are counted"},
    {Code::at_zero, "at_zero", "{6} says nothing at zero replicas"},
    {Code::pid, "pid", "{6} at {0:.4g} against a setpoint of {1:.4g} (error {2:+.3g}) asks for {3:.4g}"},
    {Code::pid_waiting, "pid_waiting", "{6} has no new sample since the last act"},
    {Code::pid_ineffective, "pid_ineffective", "{6} at {0:.4g} did not improve after two steps up: more replicas do not help"},
    {Code::pid_busy, "pid_busy", "utilization at {0:.3g} is above {1:.3g}: no step down"},
    {Code::forecast, "forecast", "{6} is forecast at {0:.4g} within {1:.3g} s; at {2:.4g} a replica that needs {3:.4g}"},
    {Code::forecast_warming, "forecast_warming", "the forecast of {6} is warming up: {0:.0f} of {1:.0f} minutes seen"},
    {Code::band, "band", "{6} at {0:.4g} is in a band that changes the size by {1:+.4g}, from {2:.4g} to {3:.4g}"},
    {Code::no_band, "no_band", "{6} at {0:.4g} is in no band"},
    {Code::schedule_size, "schedule_size", "the schedule sets {0:.0f}"},
    {Code::schedule_bounds, "schedule_bounds", "the schedule sets bounds {0:.0f} to {1:.0f}"},
    {Code::schedule_outside, "schedule_outside", "no window of the schedule is open"},
    {Code::highest_wish, "highest_wish", "the highest wish is {0:.4g}"},
    {Code::lowest_wish, "lowest_wish", "the lowest wish is {0:.4g}"},
    {Code::raised_by_floor, "raised_by_floor", "a floor of {1:.4g} raises the wish of {0:.4g}"},
    {Code::held_for_missing, "held_for_missing", "{6} is missing, so {1:.0f} is kept although others ask for {0:.4g}"},
    {Code::only_holds, "only_holds", "nothing valid to go by: {0:.0f} is kept"},
    {Code::stabilized_down, "stabilized_down", "a higher size was wanted within the last {2:.0f} s: {1:.0f} instead of {0:.0f}"},
    {Code::stabilized_up, "stabilized_up", "a lower size was wanted within the last {2:.0f} s: {1:.0f} instead of {0:.0f}"},
    {Code::rate_up, "rate_up", "the scale-up rate allows {1:.0f} instead of {0:.0f}"},
    {Code::rate_down, "rate_down", "the scale-down rate allows {1:.0f} instead of {0:.0f}"},
    {Code::direction_disabled, "direction_disabled", "scaling in that direction is disabled: {1:.0f} is kept instead of {0:.0f}"},
    {Code::at_min, "at_min", "not below {1:.0f}"},
    {Code::at_max, "at_max", "not above {1:.0f}"},
    {Code::not_active, "not_active", "{6} at {0:.4g} is not above its activation threshold {1:.4g}"},
    {Code::activated, "activated", "{6} at {0:.4g} is above its activation threshold {1:.4g}"},
    {Code::out_of_bounds, "out_of_bounds", "{0:.0f} is out of bounds: corrected to {1:.0f}"},
    {Code::pinned, "pinned", "pinned to {0:.0f} for another {1:.0f} s"},
    {Code::paused, "paused", "paused at {0:.0f} for another {1:.0f} s"},
    {Code::disabled_at_zero, "disabled_at_zero", "the target is at zero while min is not: somebody switched it off"},
    {Code::mode_off, "mode_off", "mode is off"},
    {Code::mode_shadow, "mode_shadow", "shadow: would set {1:.0f}, {0:.0f} stays"},
    {Code::on_missing, "on_missing", "signals missing for {1:.0f} s: onMissing sets {0:.0f}"},
    {Code::degraded, "degraded", "held for {0:.0f} s, longer than {1:.0f} s"},
    {Code::foreign_write, "foreign_write", "somebody else changed the size from {0:.0f} to {1:.0f}"},
    {Code::not_applied, "not_applied", "the last wish of {0:.0f} was not accepted; the target has {1:.0f}"},
    {Code::steady, "steady", "the size is right"},
    {Code::restarted, "restarted", "windows fill for another {0:.0f} s"},
    {Code::target_unknown, "target_unknown", "the target's size has not been seen yet"},
};

constexpr std::string_view kTerms[] = {
    "measured", "filtered", "goal", "ratio", "error", "p", "i", "d", "backCalculation", "state", "wish",
    "level", "trend", "season", "horizon", "demand", "perReplica", "meanReady", "podsReady", "podsUnready",
    "podsMissing", "bandFrom", "bandTo", "change", "dt",
};
static_assert(std::size(kTerms) == static_cast<std::size_t>(Term::kCount));

const Text& text_of(Code code) {
    const auto at = static_cast<std::size_t>(code);
    return at < std::size(kTexts) ? kTexts[at] : kTexts[0];
}

}  // namespace

std::string_view to_string(Code code) { return text_of(code).name; }

std::string_view to_string(Term term) {
    const auto at = static_cast<std::size_t>(term);
    return at < std::size(kTerms) ? kTerms[at] : "unknown";
}

std::string sentence(const Reason& reason, std::span<const std::string> signals) {
    const std::string_view signal =
        index(reason.signal) < signals.size() ? std::string_view{signals[index(reason.signal)]} : "the signal";
    const auto& a = reason.args;
    return fmt::format(fmt::runtime(text_of(reason.code).sentence), a[0], a[1], a[2], a[3], a[4], a[5], signal);
}

void bind(Fields& fields, Reason& reason) {
    fields.state("code", reason.code);
    fields.state("signal", reason.signal);
    for (std::size_t i = 0; i < reason.args.size(); ++i) {
        static constexpr std::string_view names[] = {"0", "1", "2", "3", "4", "5"};
        fields.state(names[i], reason.args[i]);
    }
}

}  // namespace setpoint
