// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/replay/problems.hpp"
#include "agent/replay/run_file.hpp"
#include "agent/replay/temp_file.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What one column of a recording holds.
struct ColumnSurvey {
    std::string name;          // of the signal
    std::uint64_t values = 0;  // rows with a finite value
    Duration step{};           // the median time between two values; zero with fewer than two
    std::optional<Duration> window;  // the median of the spans that the recording says its values average over
    double median = 0;
    double min = 0;
    double max = 0;
    std::uint64_t rises = 0;  // values above the one before
    std::uint64_t falls = 0;
};

/// Stretches without rows: longer than three times the usual step.
struct Gaps {
    std::uint64_t count = 0;
    Duration longest{};
    Time longest_from{};
    std::uint64_t first_line = 0;  // the row after the first one
};

/// Recorded metrics, in order of time, in a temporary file: memory does not grow with the rows.
/// Made by a RecordingBuilder.
class Recording {
public:
    [[nodiscard]] std::span<const ColumnSurvey> columns() const { return columns_; }
    [[nodiscard]] std::uint64_t rows() const { return run_.rows; }
    [[nodiscard]] Time first() const { return first_; }
    [[nodiscard]] Time last() const { return last_; }
    /// The median time between two rows; zero for a single row.
    [[nodiscard]] Duration step() const { return step_; }
    [[nodiscard]] const Gaps& gaps() const { return gaps_; }
    [[nodiscard]] const Problems& problems() const { return problems_; }

    /// From the first row on. The recording must outlive the reader and stay where it is.
    [[nodiscard]] RunReader read() const { return RunReader{file_, run_}; }

private:
    friend class RecordingBuilder;
    Recording(TempFile file, Run run) : file_(std::move(file)), run_(run) {}
    [[nodiscard]] Result<> survey();
    [[nodiscard]] Result<> find_gaps();

    TempFile file_;
    Run run_;
    std::vector<ColumnSurvey> columns_;
    Problems problems_;
    Time first_{};
    Time last_{};
    Duration step_{};
    Gaps gaps_;
};

}  // namespace setpoint
