// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/recording.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "agent/replay/sampler.hpp"

namespace setpoint {
namespace {

/// As many steps as a sample stays valid unless the policy says otherwise.
constexpr int kStepsToAGap = 3;

struct ColumnTally {
    Sampler<double> values;
    Sampler<std::int64_t> steps;
    std::int64_t previous = 0;
    double last = 0;

    void add(std::int64_t time, double value, ColumnSurvey& into) {
        if (into.values > 0) steps.add(time - previous);
        into.min = into.values > 0 ? std::min(into.min, value) : value;
        into.max = into.values > 0 ? std::max(into.max, value) : value;
        if (into.values > 0 && value > last) ++into.rises;
        if (into.values > 0 && value < last) ++into.falls;
        last = value;
        previous = time;
        values.add(value);
        ++into.values;
    }
};

}  // namespace

Result<> Recording::survey() {
    std::vector<ColumnTally> tallies(columns_.size());
    Sampler<std::int64_t> steps;
    std::optional<std::int64_t> previous;
    auto reader = read();
    for (;;) {
        const auto block = reader.next();
        if (!block) return tl::unexpected(block.error());
        if (*block == nullptr) break;
        const auto& times = (*block)->times;
        for (const auto time : times) {
            if (previous)
                steps.add(time - *previous);
            else
                first_ = Time{Duration{time}};
            previous = time;
        }
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            const auto& cells = (*block)->columns[c];
            for (std::size_t i = 0; i < cells.size(); ++i) {
                if (!std::isnan(cells[i])) tallies[c].add(times[i], cells[i], columns_[c]);
            }
        }
    }
    last_ = Time{Duration{previous.value_or(0)}};
    step_ = Duration{steps.median()};
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        columns_[c].step = Duration{tallies[c].steps.median()};
        columns_[c].median = tallies[c].values.median();
    }
    return find_gaps();
}

Result<> Recording::find_gaps() {
    const std::int64_t longest_step = kStepsToAGap * step_.count();
    std::optional<std::int64_t> previous;
    auto reader = read();
    for (;;) {
        const auto block = reader.next_times();
        if (!block) return tl::unexpected(block.error());
        if (*block == nullptr) return {};
        for (std::size_t i = 0; i < (*block)->rows(); ++i) {
            const auto time = (*block)->times[i];
            const auto from = previous.value_or(time);
            previous = time;
            if (time - from <= longest_step) continue;
            if (gaps_.count++ == 0) gaps_.first_line = (*block)->lines[i];
            if (Duration{time - from} <= gaps_.longest) continue;
            gaps_.longest = Duration{time - from};
            gaps_.longest_from = Time{Duration{from}};
        }
    }
}

}  // namespace setpoint
