// SPDX-License-Identifier: Apache-2.0
#include "policies/reason.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>
#include <string>
#include <tuple>

#include "core/units.hpp"
#include "policies/policy.hpp"

namespace setpoint {
namespace {

/// A number of a sentence. In braces: nothing, a figure of four digits; `x`, of three; `+`, with its sign; `n`, a whole
/// number; `s`, seconds as a duration; `r`, ready replicas.
struct Figure {
    double value = 0;
};

struct Text {
    Code code;
    std::string_view name;
    std::string_view sentence;  // {0} to {5} the figures, {6} the signal
};

// In the order of the enumerators.
constexpr Text kTexts[] = {
    {Code::none, "none", "nothing to say"},
    {Code::no_data, "no_data", "{6} has no data"},
    {Code::source_failed, "source_failed", "the source of {6} does not answer; its last value is {0:s} old"},
    {Code::stale, "stale", "{6} is {0:s} old, and at most {1:s} are allowed"},
    {Code::not_a_number, "not_a_number", "{6} is not a finite number"},
    {Code::from_the_future, "from_the_future", "{6} is dated more than 30 s ahead"},
    {Code::idle, "idle", "{6} is idle: no traffic, so nothing to measure"},
    {Code::ratio, "ratio", "{6} at {0} against a goal of {1} (x{2:x}) on {3:r} asks for {4}"},
    {Code::within_tolerance, "within_tolerance", "{6} at {0} is within tolerance of its goal {1} (x{2:x})"},
    {Code::no_ready_pods, "no_ready_pods", "no replica is ready"},
    {Code::no_pods, "no_pods", "no pod has a usable sample of {6}"},
    {Code::no_requests, "no_requests", "pods that state no request (on Docker: no limit): {0:n}; the utilization of {6} is undefined, only its absolute value can be tracked"},
    {Code::fill_reversed, "fill_reversed", "{6} asks for a change (x{0:x}) that counting missing and unready pods reverses (x{1:x})"},
    {Code::fill_within, "fill_within", "{6} is within tolerance (x{1:x}) once missing and unready pods are counted"},
    {Code::at_zero, "at_zero", "{6} says nothing at zero replicas"},
    {Code::pid, "pid", "{6} at {0} against a setpoint of {1} (error {2:+}) asks for {3}"},
    {Code::pid_waiting, "pid_waiting", "{6} has no new sample since the last act"},
    {Code::pid_ineffective, "pid_ineffective", "{6} at {0} did not improve after two steps up: more replicas do not help"},
    {Code::pid_busy, "pid_busy", "utilization at {0} is above {1}: no step down"},
    {Code::forecast, "forecast", "{6} is forecast at {0} within {1:s}; at {2} a replica that needs {3}"},
    {Code::forecast_warming, "forecast_warming", "the forecast of {6} is warming up: {0:n} of {1:n} minutes seen"},
    {Code::band, "band", "{6} at {0} is in a band that changes the size by {1:+}, from {2} to {3}"},
    {Code::no_band, "no_band", "{6} at {0} is in no band"},
    {Code::schedule_size, "schedule_size", "the schedule sets {0:n}"},
    {Code::schedule_bounds, "schedule_bounds", "the schedule sets bounds {0:n} to {1:n}"},
    {Code::schedule_outside, "schedule_outside", "no window of the schedule is open"},
    {Code::raised_by_floor, "raised_by_floor", "a floor of {1} raises the wish of {0}"},
    {Code::held_for_missing, "held_for_missing", "{6} is missing, so {1:n} is kept although others ask for {0}"},
    {Code::only_holds, "only_holds", "nothing valid to go by: {0:n} is kept"},
    {Code::stabilized_down, "stabilized_down", "a higher size was wanted within the last {2:s}: {1:n} instead of {0:n}"},
    {Code::stabilized_up, "stabilized_up", "a lower size was wanted within the last {2:s}: {1:n} instead of {0:n}"},
    {Code::rate_up, "rate_up", "the scale-up rate allows {1:n} instead of {0:n}"},
    {Code::rate_down, "rate_down", "the scale-down rate allows {1:n} instead of {0:n}"},
    {Code::direction_disabled, "direction_disabled", "scaling in that direction is disabled: {1:n} is kept instead of {0:n}"},
    {Code::at_min, "at_min", "not below {1:n}"},
    {Code::at_max, "at_max", "not above {1:n}"},
    {Code::not_active, "not_active", "{6} at {0} is not above its activation threshold {1}"},
    {Code::activated, "activated", "{6} at {0} is above its activation threshold {1}"},
    {Code::out_of_bounds, "out_of_bounds", "{0:n} is out of bounds: corrected to {1:n}"},
    {Code::pinned, "pinned", "pinned to {0:n} for another {1:s}"},
    {Code::paused, "paused", "paused at {0:n} for another {1:s}"},
    {Code::disabled_at_zero, "disabled_at_zero", "the target is at zero while min is not: somebody switched it off"},
    {Code::mode_off, "mode_off", "mode is off"},
    {Code::mode_shadow, "mode_shadow", "shadow: would set {1:n}, {0:n} stays"},
    {Code::on_missing, "on_missing", "signals missing for {1:s}: onMissing sets {0:n}"},
    {Code::degraded, "degraded", "held for {0:s}, longer than {1:s}"},
    {Code::foreign_write, "foreign_write", "somebody else changed the size from {0:n} to {1:n}"},
    {Code::not_applied, "not_applied", "the last wish of {0:n} was not accepted; the target has {1:n}"},
    {Code::target_unknown, "target_unknown", "the target's size has not been seen yet"},
    {Code::replicas_ended, "replicas_ended", "replicas came or went by themselves: {0:n} became {1:n}"},
    {Code::yields_to_increase, "yields_to_increase", "somebody else raised the size: not below {0:n} for another {1:s}"},
    {Code::yields_to_decrease, "yields_to_decrease", "somebody else lowered the size: {0:n} is kept for another {1:s}"},
    {Code::budget_share, "budget_share", "a budget of {0:n} replicas is short: its share is {1:n}, and {2:n} are wanted"},
    {Code::budget_taken, "budget_taken", "others still have {1:n} of a budget of {0:n} replicas: no room for {2:n} yet"},
    {Code::starts_limited, "starts_limited", "the agent may start {0:n} replicas a minute: {1:n} of {2:n} now"},
    {Code::shrink_limited, "shrink_limited", "the agent may take away {0:n} replicas in ten minutes: {1:n} of {2:n} now"},
    {Code::settling, "settling", "somebody changed the size just now and may go on: {0:n} is kept for another {1:s}"},
    {Code::no_limits, "no_limits", "pods that state no limit: {0:n}; the utilization of {6} is undefined, only its absolute value can be tracked"},
    {Code::around_crashes, "around_crashes", "replicas that crash again and again: {0:n}; others are asked for in their place, {2:n} instead of {1:n}"},
    {Code::waits_for_room, "waits_for_room", "{0:n} of {1:n} replicas cannot be scheduled: they are asked for already, and count as coming"},
    {Code::rolling_out, "rolling_out", "a rollout is under way: {1:n} is kept instead of {0:n}"},
    {Code::blocks_drains, "blocks_drains", "at {0:n} replicas, which is the least allowed here, a PodDisruptionBudget lets no pod be evicted: no node that has one could be drained"},
    {Code::budgets_unknown, "budgets_unknown", "whether a PodDisruptionBudget stands against its least size is not known"},
    {Code::negative, "negative", "{6} is below zero, which it cannot be"},
};
static_assert(std::ranges::equal(kTexts, std::views::iota(std::size_t{0}, std::size(kTexts)), {},
                                 [](const Text& text) { return static_cast<std::size_t>(text.code); }));

// A hand may go where no policy may: then that is said.
constexpr std::string_view kPinnedAbove = "pinned to {0:n}, above the maximum of {2:n}, for another {1:s}";

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

/// With its letter from a million on, as Kubernetes writes quantities, and never with an exponent where people count.
std::string figure(double value, int digits) {
    struct Letter {
        double from;
        std::string_view text;
    };
    static constexpr Letter letters[] = {{1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}};
    const double size = std::abs(value);
    if (!(size < 1e18)) return fmt::format("{:.{}g}", value, digits);
    for (const auto& letter : letters) {
        if (size >= letter.from) return fmt::format("{:.{}g}{}", value / letter.from, digits, letter.text);
    }
    return size >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.{}g}", value, digits);
}

std::string lasting(double value) {
    if (!(std::abs(value) < 1e12)) return figure(value, 3) + " s";
    if (std::abs(value) < 600) return fmt::format("{:.3g} s", value);
    return format_duration(from_seconds(std::round(value / 60) * 60));
}

std::string written(double value, char as) {
    switch (as) {
        case 'x': return figure(value, 3);
        case '+': return (value >= 0 ? "+" : "") + figure(value, 3);
        case 'n': return fmt::format("{:.0f}", value);
        case 's': return lasting(value);
        case 'r': return figure(value, 3) + (value == 1 ? " ready replica" : " ready replicas");
        default: return figure(value, 4);
    }
}

}  // namespace
}  // namespace setpoint

template <>
struct fmt::formatter<setpoint::Figure> {
    char as = ' ';

    constexpr auto parse(fmt::format_parse_context& context) {
        auto at = context.begin();
        if (at != context.end() && *at != '}') as = *at++;
        return at;
    }
    auto format(const setpoint::Figure& figure, fmt::format_context& context) const {
        return fmt::format_to(context.out(), "{}", setpoint::written(figure.value, as));
    }
};

namespace setpoint {

std::string_view to_string(Code code) { return text_of(code).name; }

std::string_view to_string(Term term) {
    const auto at = static_cast<std::size_t>(term);
    return at < std::size(kTerms) ? kTerms[at] : "unknown";
}

std::string sentence(const Reason& reason, std::span<const std::string> signals) {
    const std::string_view signal =
        index(reason.signal) < signals.size() ? std::string_view{signals[index(reason.signal)]} : "the signal";
    std::array<Figure, std::tuple_size_v<decltype(reason.args)>> a;
    for (std::size_t i = 0; i < a.size(); ++i) a[i].value = reason.args[i];
    const bool above = reason.code == Code::pinned && reason.args[2] > 0;
    return fmt::format(fmt::runtime(above ? kPinnedAbove : text_of(reason.code).sentence), a[0], a[1], a[2], a[3], a[4], a[5], signal);
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
