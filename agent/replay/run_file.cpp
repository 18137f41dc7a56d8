// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/run_file.hpp"

#include <algorithm>
#include <cmath>

namespace setpoint {

RunWriter::RunWriter(TempFile& file, std::size_t columns, Problems& problems)
    : file_(&file), problems_(&problems), run_{file.size(), 0, columns}, block_(columns) {}

Result<> RunWriter::add(const Row& row) {
    if (block_.rows() > 0 && block_.times.back() == row.time) {
        join(row);
        return {};
    }
    // Only now: the last row of a full block might still have been joined.
    if (block_.rows() == Run::kRows) {
        if (auto done = flush(); !done) return done;
    }
    block_.push(row);
    return {};
}

void RunWriter::join(const Row& row) {
    bool replaced = false;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        double& kept = block_.columns[i].back();
        const double cell = row.cells[i];
        if (std::isnan(cell) && !(is_unsaid(kept) && !is_unsaid(cell))) continue;
        replaced = replaced || !std::isnan(kept);
        kept = cell;
    }
    if (replaced) problems_->note(Oddity::duplicate_time, row.line);
}

Result<> RunWriter::flush() {
    auto done = file_->append(std::as_bytes(std::span{block_.times}));
    if (done) done = file_->append(std::as_bytes(std::span{block_.lines}));
    for (const auto& column : block_.columns) {
        if (done) done = file_->append(std::as_bytes(std::span{column}));
    }
    run_.rows += block_.rows();
    block_.clear();
    return done;
}

Result<Run> RunWriter::finish() {
    if (auto done = flush(); !done) return tl::unexpected(done.error());
    return run_;
}

std::size_t RunReader::begin_block() {
    offset_ = run_.offset + read_ * sizeof(double) * (2 + run_.columns);
    const auto rows = static_cast<std::size_t>(std::min<std::uint64_t>(Run::kRows, run_.rows - read_));
    block_.resize(rows);
    read_ += rows;
    return rows;
}

Result<const Block*> RunReader::next() {
    const std::size_t rows = begin_block();
    if (rows == 0) return nullptr;
    const std::uint64_t column_bytes = rows * sizeof(double);
    auto done = file_->read(offset_, std::as_writable_bytes(std::span{block_.times}));
    if (done) done = file_->read(offset_ + column_bytes, std::as_writable_bytes(std::span{block_.lines}));
    for (std::size_t i = 0; i < block_.columns.size() && done; ++i) {
        done = file_->read(offset_ + (2 + i) * column_bytes, std::as_writable_bytes(std::span{block_.columns[i]}));
    }
    if (!done) return tl::unexpected(done.error());
    return &block_;
}

Result<const Block*> RunReader::next_times() {
    if (begin_block() == 0) return nullptr;
    auto done = file_->read(offset_, std::as_writable_bytes(std::span{block_.times}));
    if (done) {
        done = file_->read(offset_ + block_.rows() * sizeof(double), std::as_writable_bytes(std::span{block_.lines}));
    }
    if (!done) return tl::unexpected(done.error());
    return &block_;
}

}  // namespace setpoint
