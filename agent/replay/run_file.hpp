// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "agent/replay/problems.hpp"
#include "agent/replay/rows.hpp"
#include "agent/replay/temp_file.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Rows in order of time within a temporary file: blocks of kRows rows, each column by column, the last
/// block shorter.
struct Run {
    static constexpr std::size_t kRows = 2048;
    std::uint64_t offset = 0;
    std::uint64_t rows = 0;
    std::size_t columns = 0;
};

/// Appends one run to a file. Rows come in order of time; rows of equal time become one, in which a later
/// value takes the place of an earlier one.
class RunWriter {
public:
    RunWriter(TempFile& file, std::size_t columns, Problems& problems);

    [[nodiscard]] Result<> add(const Row& row);
    [[nodiscard]] Result<Run> finish();
    [[nodiscard]] bool empty() const { return run_.rows == 0 && block_.rows() == 0; }
    [[nodiscard]] std::int64_t last_time() const { return block_.times.back(); }

private:
    void join(const Row& row);
    Result<> flush();

    TempFile* file_;
    Problems* problems_;
    Run run_;
    Block block_;
};

/// Reads a run block by block.
class RunReader {
public:
    RunReader(const TempFile& file, Run run) : file_(&file), run_(run), block_(run.columns) {}

    /// The next block; nullptr at the end. Valid until the next call.
    [[nodiscard]] Result<const Block*> next();
    /// As `next`, but only the times are read.
    [[nodiscard]] Result<const Block*> next_times();

private:
    std::size_t begin_block();

    const TempFile* file_;
    Run run_;
    std::uint64_t read_ = 0;    // rows
    std::uint64_t offset_ = 0;  // of the block
    Block block_;
};

}  // namespace setpoint
