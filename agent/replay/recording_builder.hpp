// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/replay/problems.hpp"
#include "agent/replay/recording.hpp"
#include "agent/replay/rows.hpp"
#include "agent/replay/run_file.hpp"
#include "agent/replay/sampler.hpp"
#include "agent/replay/temp_file.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Takes rows in any order and makes a Recording, in memory that does not grow with their number: rows are
/// sorted by the chunk and spilled; chunks that overlap are merged at the end.
class RecordingBuilder {
public:
    /// The most bytes that one chunk takes.
    static constexpr std::size_t kChunkBytes = 16 << 20;

    [[nodiscard]] static Result<RecordingBuilder> create(std::vector<std::string> columns,
                                                         std::size_t chunk_bytes = kChunkBytes);

    /// `row.cells` in the order of the columns.
    [[nodiscard]] Result<> add(const Row& row);

    /// What span a value of the column averages over, as the recording says; zero: an instant.
    void window(std::size_t column, Duration length) { windows_[column].add(length.count()); }

    [[nodiscard]] Problems& problems() { return problems_; }
    [[nodiscard]] bool empty() const { return times_.empty() && runs_.empty() && !writing_; }

    /// The builder is used up. There must be a row.
    [[nodiscard]] Result<Recording> finish();

private:
    RecordingBuilder(TempFile file, std::vector<std::string> columns, std::size_t chunk_rows)
        : file_(std::move(file)), columns_(std::move(columns)), windows_(columns_.size()), chunk_rows_(chunk_rows) {}
    [[nodiscard]] Row row_at(std::size_t i) const;
    Result<> spill();
    Result<> write_chunk();
    Result<> close_run();
    Result<> merge_runs();

    static constexpr std::size_t kMostRuns = 64;

    TempFile file_;
    std::vector<std::string> columns_;
    std::vector<Sampler<std::int64_t>> windows_;  // by column
    std::size_t chunk_rows_;
    Problems problems_;

    // The chunk, row by row.
    std::vector<std::int64_t> times_;
    std::vector<std::uint64_t> lines_;
    std::vector<double> cells_;
    bool in_order_ = true;

    std::vector<Run> runs_;  // finished
    std::optional<RunWriter> writing_;
};

}  // namespace setpoint
