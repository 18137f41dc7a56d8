// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "agent/replay/notes.hpp"
#include "agent/replay/wording.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kMostPlots = 3;
constexpr std::size_t kChangesAtEachEnd = 8;
constexpr std::size_t kHoldsListed = 5;

std::size_t plot_width(const Style& style) { return std::clamp<std::size_t>(style.width, 40, 160) - kLabelWidth - 3; }

Stretches stretches(const DryRunSubject& subject, Duration step, const Style& style) {
    return {subject.recording.first(), subject.recording.last(), step, plot_width(style)};
}

/// The goal is on the scale of the signal: not where it is per replica.
bool on_scale(const PolicySettings& settings) {
    const auto* track = std::get_if<TrackSettings>(&settings);
    return track == nullptr || !track->average_value;
}

std::string per_day(double number) {
    return number < 10 ? fmt::format("{:.1f}", number) : fmt::format("{:.0f}", number);
}

}  // namespace

Report::Report(const DryRunSubject& subject, const Style& style, Listing listing)
    : subject_(subject),
      style_(style),
      listing_(listing),
      names_(signal_names(subject.spec)),
      plot_width_(plot_width(style)),
      sizes_(stretches(subject, subject.spec.interval, style)),
      recorded_(stretches(subject, subject.recording.step(), style)) {
    for (const auto& entry : subject.spec.policies) {
        const auto id = subject.spec.find_signal(signal_of(entry.settings));
        if (!id || signals_.size() == kMostPlots) continue;
        if (std::ranges::find(signals_, *id, &Plotted::signal) != signals_.end()) continue;
        const auto step = subject.recording.columns()[index(*id)].step;
        signals_.push_back({*id, stretches(subject, step, style), std::nullopt});
    }
}

void Report::sample(SignalId signal, Time at, double value) {
    const auto plotted = std::ranges::find(signals_, signal, &Plotted::signal);
    if (plotted != signals_.end()) plotted->series.add(at, value);
}

void Report::recorded_size(Time at, Replicas size) { recorded_.add(at, size); }

void Report::decided(const Decision& decision) {
    sizes_.add(decision.time, decision.apply ? decision.replicas : decision.current);
    find_goal(decision);
    if (!decision.apply) return;
    Change change{decision.time, decision.current, decision.replicas, explanation(decision, subject_.spec, names_)};
    if (listing_ == Listing::all || first_.size() < kChangesAtEachEnd) {
        first_.push_back(std::move(change));
    } else {
        last_.push_back(std::move(change));
        if (last_.size() > kChangesAtEachEnd) last_.pop_front();
    }
}

/// Laws show their goal among their terms.
void Report::find_goal(const Decision& decision) {
    for (auto& plotted : signals_) {
        if (plotted.goal) continue;
        for (std::size_t i = 0; i < decision.proposals.size(); ++i) {
            const auto& settings = subject_.spec.policies[i].settings;
            if (subject_.spec.find_signal(signal_of(settings)) != plotted.signal || !on_scale(settings)) continue;
            for (const auto& entry : decision.proposals[i].terms.entries()) {
                if (entry.term == Term::goal) plotted.goal = entry.value;
            }
        }
    }
}

std::string Report::heading(std::string_view text) const { return "\n" + style_.paint(Ink::strong, text) + "\n"; }

std::string Report::list(const std::vector<std::string>& entries, std::string_view bullet) const {
    std::string text;
    for (const auto& entry : entries) {
        std::string_view lead = bullet;
        for (const auto& line : wrapped(entry, style_.width - 4)) {
            text += "  " + style_.paint(Ink::warning, std::exchange(lead, " ")) + " " + line + "\n";
        }
    }
    return text;
}

std::string Report::indented(std::string_view text, std::size_t by) const {
    std::string lines;
    for (const auto& line : wrapped(text, style_.width - by)) lines += std::string(by, ' ') + line + "\n";
    return lines;
}

/// `name           what is said of it`, wrapped beside the name.
std::string Report::entry(std::string_view name, std::string_view text) const {
    constexpr std::size_t kTextAt = 17;
    auto lines = indented(text, kTextAt);
    return lines.replace(0, kTextAt, fmt::format("  {:<15}", name));
}

std::string Report::header() const {
    const auto& recording = subject_.recording;
    std::string text = style_.paint(Ink::strong, fmt::format("{} on {}", subject_.spec.name, subject_.path)) + "\n";
    text += indented(fmt::format("{}, {} row{}{}, {} to {} UTC ({})", subject_.format, grouped(recording.rows()),
                                 recording.rows() == 1 ? "" : "s",
                                 recording.step().count() > 0 ? fmt::format(", one every {}", roughly(recording.step())) : "",
                                 civil(recording.first()), civil(recording.last()), roughly(recording.last() - recording.first())),
                     2);
    text += indented(fmt::format("replicas {} to {}, decided every {}, beginning with {}", subject_.spec.replicas.min,
                                 subject_.spec.replicas.max, format_duration(subject_.spec.interval), subject_.start.replicas),
                     2);
    const auto oddities = oddities_of(recording);
    if (!oddities.empty())
        text += heading("Odd in the recording, and how it was taken") + list(oddities, style_.either("•", "*"));
    return text;
}

std::string Report::plots() const {
    std::string text;
    const auto title = [&](std::string_view what, const Stretches& series, std::string_view more) {
        const auto legend = fmt::format("  {} mean, {} highest of each {}{}", style_.either("█", "#"), style_.either("░", ":"),
                                        roughly(series.length()), more);
        const bool beside = wrapped(fmt::format("{}{}", what, legend), style_.width).size() == 1;
        text += "\n" + style_.paint(Ink::strong, what) + (beside ? "" : "\n") + style_.paint(Ink::faint, legend) + "\n";
    };
    for (const auto& plotted : signals_) {
        const auto& signal = subject_.spec.signals[index(plotted.signal)];
        const double top = round_above(std::max(plotted.series.max(), plotted.goal.value_or(0)));
        title(signal.name, plotted.series,
              plotted.goal ? fmt::format(", {} goal {}", style_.either("╌", "-"), shown(*plotted.goal, signal)) : "");
        text +=
            chart(plotted.series,
                  {plot_width_, 7, top, plotted.goal, Ink::signal, [&](double v) { return shown(v, signal); }}, style_);
    }
    const double most = std::max({sizes_.max(), recorded_.max(), 1.0});
    const ChartLook look{plot_width_, 6, most, {}, Ink::size, [](double v) { return fmt::format("{:.0f}", v); }};
    title("replicas with this policy", sizes_, "");
    text += chart(sizes_, look, style_);
    if (recorded_.max() > 0) {
        auto as_recorded = look;
        as_recorded.ink = Ink::recorded;
        as_recorded.height = 4;
        title("replicas as recorded", recorded_, "");
        text += chart(recorded_, as_recorded, style_);
    }
    return text + time_axis(subject_.recording.first(), subject_.recording.last(), plot_width_, style_);
}

std::string Report::row(const Change& change) const {
    constexpr std::size_t kWhyAt = 36;
    const bool up = change.to > change.from;
    const auto arrow = up ? style_.either("▲", "+") : style_.either("▼", "-");
    std::string text =
        fmt::format("  {:<19}  {:>3} {} {:<3} {}", civil(change.at), change.from, style_.either("→", ">"), change.to,
                    style_.paint(up ? Ink::size : Ink::recorded, arrow));
    const bool beside = style_.width > kWhyAt + 30;
    const auto lines = wrapped(change.why, style_.width - (beside ? kWhyAt : 6));
    const std::string margin(beside ? kWhyAt - 2 : 6, ' ');
    text += beside ? " " : "\n" + margin;
    for (std::size_t i = 0; i < lines.size(); ++i) text += (i > 0 ? margin : "") + lines[i] + "\n";
    return text;
}

std::string Report::table(const Score& score) const {
    std::string text = heading("What it would have done, and why");
    if (score.actions() == 0) return text + "  Nothing: the size never changed.\n";
    for (const auto& change : first_) text += row(change);
    const auto left_out = score.actions() - first_.size() - last_.size();
    if (left_out > 0) {
        const auto more = fmt::format("{} {} more; --all lists them, --format csv every decision", style_.either("⋮", "..."), grouped(left_out));
        text += style_.paint(Ink::faint, indented(more, 2));
    }
    for (const auto& change : last_) text += row(change);
    return text;
}

std::string Report::summary(const Score& score) const {
    const auto sizes = [](const SizeScore& size) {
        return fmt::format("{} to {}, {:.2f} on average, {:.1f} replica-hours", size.min, size.max, size.mean(),
                           size.replica_hours);
    };
    std::string text = heading("In numbers");
    text += entry("size", sizes(score.size));
    if (score.recorded) text += entry("as recorded", sizes(*score.recorded));
    // A rate out of minutes would only frighten.
    const auto rate =
        score.size.hours < 1 ? std::string{} : fmt::format(", {} a day", per_day(score.actions_per_day()));
    text += entry("scale actions", fmt::format("{} ({} up, {} down){}; {} reversal{} of direction", grouped(score.actions()), grouped(score.ups),
                                               grouped(score.downs), rate, grouped(score.reversals), score.reversals == 1 ? "" : "s"));
    text += entry("decisions", grouped(score.ticks));
    return text + holds(score);
}

std::string Report::holds(const Score& score) const {
    if (score.holds.empty()) return entry("held", "never for want of data");
    std::string text;
    for (std::size_t i = 0; i < std::min(kHoldsListed, score.holds.size()); ++i) {
        const auto& hold = score.holds[i];
        const auto signal = index(hold.signal) < names_.size() ? names_[index(hold.signal)] : "";
        std::string cause{to_string(hold.code)};
        std::ranges::replace(cause, '_', ' ');
        const auto stretches =
            hold.times == 1 ? std::string{} : fmt::format(" in {} stretches, the longest {}", grouped(hold.times), roughly(hold.longest));
        text += entry(i == 0 ? "held" : "", fmt::format("{}{}, {}: {}", roughly(hold.total), stretches, signal, cause));
    }
    if (score.holds.size() > kHoldsListed)
        text += entry("", fmt::format("and {} more causes", score.holds.size() - kHoldsListed));
    if (score.degraded.count() > 0) text += entry("degraded", roughly(score.degraded));
    return text;
}

std::string Report::text(const Score& score) const {
    return header() + plots() + table(score) + summary(score) + heading("Before you believe this") +
           list(notes_on(subject_.stated, subject_.recording, subject_.start), "!");
}

}  // namespace setpoint
