// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace setpoint {

/// The row has no such cell: nothing was said of the signal at that time.
inline const double kUnsaid = std::bit_cast<double>(std::uint64_t{0x7ff8'0000'0000'005aULL});
/// The cell is there and has no value: the source answered, and had none.
inline const double kNothing = std::numeric_limits<double>::quiet_NaN();

[[nodiscard]] inline bool is_unsaid(double cell) {
    return std::bit_cast<std::uint64_t>(cell) == std::bit_cast<std::uint64_t>(kUnsaid);
}

/// One row of a recording.
struct Row {
    std::int64_t time = 0;          // Unix milliseconds
    std::uint64_t line = 0;         // of the file, from 1
    std::span<const double> cells;  // one a column: a finite value, kNothing or kUnsaid
};

/// Some rows, column by column.
struct Block {
    std::vector<std::int64_t> times;
    std::vector<std::uint64_t> lines;
    std::vector<std::vector<double>> columns;

    explicit Block(std::size_t column_count) : columns(column_count) {}
    [[nodiscard]] std::size_t rows() const { return times.size(); }
    void push(const Row& row) {
        times.push_back(row.time);
        lines.push_back(row.line);
        for (std::size_t i = 0; i < columns.size(); ++i) columns[i].push_back(row.cells[i]);
    }
    void resize(std::size_t rows) {
        times.resize(rows);
        lines.resize(rows);
        for (auto& column : columns) column.resize(rows);
    }
    void clear() { resize(0); }
};

}  // namespace setpoint
