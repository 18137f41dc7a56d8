// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/chart.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/units.hpp"

namespace setpoint {
namespace {

constexpr std::array<std::string_view, 9> kBlocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

/// One column of a plot, in eighths of a row.
struct Bar {
    bool known = false;
    int mean = 0;
    int max = 0;
};

Bar bar_of(const Stretches::Stretch& stretch, const ChartLook& look) {
    if (stretch.count == 0) return {};
    const double eighths = 8.0 * static_cast<double>(look.height) / look.top;
    // At least the thinnest bar: nothing at all means no data.
    return {true, std::max(1, static_cast<int>(std::lround(stretch.mean() * eighths))),
            static_cast<int>(std::lround(stretch.max * eighths))};
}

struct Cell {
    std::string_view text;
    Ink ink;
};

Cell cell_of(const Bar& bar, int row_from_below, const ChartLook& look, const Style& style) {
    const int floor = 8 * row_from_below;
    const int fill = std::clamp(bar.mean - floor, 0, 8);
    if (bar.known && fill > 0)
        return {style.unicode ? kBlocks[static_cast<std::size_t>(fill)] : (fill > 3 ? "#" : "_"), look.ink};
    if (bar.known && bar.max - floor >= 4) return {style.either("░", ":"), look.ink};
    const double eighths = 8.0 * static_cast<double>(look.height) / look.top;
    const bool on_line = look.line && static_cast<int>(*look.line * eighths) / 8 == row_from_below;
    if (on_line) return {style.either("╌", "-"), Ink::goal};
    if (!bar.known && row_from_below == 0) return {style.either("·", "."), Ink::faint};
    return {" ", Ink::plain};
}

/// Text in runs of one ink, so that a line carries few colour codes.
class InkLine {
public:
    explicit InkLine(const Style& style) : style_(style) {}
    void add(const Cell& cell) {
        if (cell.ink != ink_) flush();
        ink_ = cell.ink;
        run_ += cell.text;
    }
    [[nodiscard]] std::string text() {
        flush();
        return std::move(line_);
    }

private:
    void flush() {
        line_ += style_.paint(ink_, run_);
        run_.clear();
    }
    const Style& style_;
    Ink ink_ = Ink::plain;
    std::string run_;
    std::string line_;
};

std::string label_at(std::size_t row, const ChartLook& look) {
    if (row == 0) return look.label(look.top);
    if (row + 1 == look.height) return look.label(0);
    if (!look.line) return {};
    const double rows = static_cast<double>(look.height);
    const auto line_row =
        look.height - 1 - static_cast<std::size_t>(std::clamp(*look.line / look.top * rows, 0.0, rows - 1));
    return row == line_row ? look.label(*look.line) : std::string{};
}

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kAxisSteps[] = {1'000,       5'000,        10'000,       30'000,       kMinute,    2 * kMinute,
                                       5 * kMinute, 10 * kMinute, 15 * kMinute, 30 * kMinute, kHour,      2 * kHour,
                                       3 * kHour,   6 * kHour,    12 * kHour,   kDay,         2 * kDay,   7 * kDay,
                                       14 * kDay,   28 * kDay,    91 * kDay,    182 * kDay,   364 * kDay, 3640 * kDay};

std::string axis_label(Time at, std::int64_t step) {
    const auto text = format_time(WallTime{at.time_since_epoch()});
    if (step >= 91 * kDay) return text.substr(0, 10);
    if (step >= kDay) return text.substr(5, 5);
    const bool midnight = text.substr(11, 8) == "00:00:00";
    if (midnight) return text.substr(5, 5);
    return text.substr(11, step < kMinute ? 8 : 5);
}

}  // namespace

Stretches::Stretches(Time first, Time last, Duration step, std::size_t most)
    : first_(first), span_(std::max<Duration>(last - first + std::max(step, Duration{1}), Duration{1})) {
    const auto steps = step.count() > 0 ? span_.count() / step.count() : 1;
    all_.resize(static_cast<std::size_t>(std::clamp<std::int64_t>(steps, 1, static_cast<std::int64_t>(most))));
}

void Stretches::add(Time at, double value) {
    const double share = seconds(at - first_) / seconds(span_);
    const auto place = static_cast<std::size_t>(std::max(0.0, share) * static_cast<double>(all_.size()));
    auto& stretch = all_[std::min(place, all_.size() - 1)];
    stretch.sum += value;
    stretch.max = stretch.count > 0 ? std::max(stretch.max, value) : value;
    ++stretch.count;
}

double Stretches::max() const {
    double most = 0;
    for (const auto& stretch : all_) {
        if (stretch.count > 0) most = std::max(most, stretch.max);
    }
    return most;
}

std::string chart(const Stretches& series, const ChartLook& look, const Style& style) {
    std::vector<Bar> bars;
    for (std::size_t x = 0; x < look.width; ++x)
        bars.push_back(bar_of(series.all()[x * series.all().size() / look.width], look));
    std::string text;
    for (std::size_t row = 0; row < look.height; ++row) {
        const auto label = label_at(row, look);
        text += style.paint(Ink::faint, fmt::format("{:>{}} {}", label, kLabelWidth - 2,
                                                    label.empty() ? style.either("│", "|") : style.either("┤", "+")));
        InkLine line{style};
        for (const auto& bar : bars) line.add(cell_of(bar, static_cast<int>(look.height - 1 - row), look, style));
        text += line.text() + "\n";
    }
    return text;
}

std::string time_axis(Time first, Time last, std::size_t width, const Style& style) {
    const std::int64_t span = std::max<std::int64_t>((last - first).count(), 1);
    constexpr std::int64_t kColumnsBetween = 11;
    const auto per_label = span * kColumnsBetween / static_cast<std::int64_t>(width);
    const auto fits = std::ranges::find_if(kAxisSteps, [&](auto step) { return step >= per_label; });
    const std::int64_t step = fits != std::end(kAxisSteps) ? *fits : kAxisSteps[std::size(kAxisSteps) - 1];
    std::vector<std::string_view> marks(width, style.either("─", "-"));
    std::string labels(width, ' ');
    const std::int64_t begin = first.time_since_epoch().count();
    for (std::int64_t at = (begin + step - 1) / step * step; at <= begin + span; at += step) {
        const auto x = static_cast<std::size_t>(static_cast<double>(at - begin) / static_cast<double>(span) *
                                                static_cast<double>(width - 1));
        marks[x] = style.either("┬", "+");
        const auto label = axis_label(Time{Duration{at}}, step);
        if (x + label.size() <= width) labels.replace(x, label.size(), label);
    }
    std::string line;
    for (const auto mark : marks) line += mark;
    const std::string margin(kLabelWidth - 1, ' ');
    return style.paint(Ink::faint, margin + std::string{style.either("└", "+")} + line) + "\n" +
           style.paint(Ink::faint, margin + " " + labels) + "\n";
}

double round_above(double value) {
    if (!(value > 0)) return 1;
    const double power = std::pow(10, std::floor(std::log10(value)));
    for (const double factor : {1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0}) {
        if (value <= factor * power * (1 + 1e-9)) return factor * power;
    }
    return 10 * power;
}

}  // namespace setpoint
