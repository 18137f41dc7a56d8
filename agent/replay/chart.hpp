// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/replay/style.hpp"
#include "core/time.hpp"

namespace setpoint {

/// A series cut into equal stretches of time: memory does not grow with its length.
class Stretches {
public:
    struct Stretch {
        double sum = 0;
        double max = 0;
        std::uint64_t count = 0;
        [[nodiscard]] double mean() const { return sum / static_cast<double>(count); }
    };

    /// At most `most` stretches from `first` to `last`, none shorter than `step`.
    Stretches(Time first, Time last, Duration step, std::size_t most);
    void add(Time at, double value);

    [[nodiscard]] const std::vector<Stretch>& all() const { return all_; }
    [[nodiscard]] double max() const;
    [[nodiscard]] Duration length() const { return Duration{span_.count() / static_cast<std::int64_t>(all_.size())}; }

private:
    Time first_;
    Duration span_;
    std::vector<Stretch> all_;
};

struct ChartLook {
    std::size_t width = 80;  // of the plot, without the labels
    std::size_t height = 6;
    double top = 1;              // the value at the upper end; the lower end is 0
    std::optional<double> line;  // drawn across, behind the bars
    Ink ink = Ink::signal;
    std::function<std::string(double)> label;
};

/// Columns of label text left of every plot.
inline constexpr std::size_t kLabelWidth = 9;

/// Bars up to the mean of each stretch, shaded up to its highest value; a dot where there is no value. Nine
/// columns of labels, then the plot.
[[nodiscard]] std::string chart(const Stretches& series, const ChartLook& look, const Style& style);

/// The line with the times under a plot, two lines of text.
[[nodiscard]] std::string time_axis(Time first, Time last, std::size_t width, const Style& style);

/// The next round number (1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten) not below `value`; 1 for 0.
[[nodiscard]] double round_above(double value);

}  // namespace setpoint
