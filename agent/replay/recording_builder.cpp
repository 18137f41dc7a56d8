// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/recording_builder.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <queue>
#include <utility>

namespace setpoint {
namespace {

/// One of the runs of a merge, at its next row.
struct Head {
    RunReader reader;
    const Block* block = nullptr;
    std::size_t at = 0;

    Result<> advance() {
        if (block != nullptr && ++at < block->rows()) return {};
        const auto next = reader.next();
        if (!next) return tl::unexpected(next.error());
        block = *next;
        at = 0;
        return {};
    }
    [[nodiscard]] auto key() const { return std::pair{block->times[at], block->lines[at]}; }
};

Result<> merge(std::vector<Head>& heads, RunWriter& into) {
    const auto later = [&](std::size_t a, std::size_t b) { return heads[a].key() > heads[b].key(); };
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> queue{later};
    for (std::size_t i = 0; i < heads.size(); ++i) {
        if (auto done = heads[i].advance(); !done) return done;
        if (heads[i].block != nullptr) queue.push(i);
    }
    std::vector<double> cells;
    while (!queue.empty()) {
        const std::size_t first = queue.top();
        queue.pop();
        auto& head = heads[first];
        cells.clear();
        for (const auto& column : head.block->columns) cells.push_back(column[head.at]);
        if (auto done = into.add({head.block->times[head.at], head.block->lines[head.at], cells}); !done) return done;
        if (auto done = head.advance(); !done) return done;
        if (head.block != nullptr) queue.push(first);
    }
    return {};
}

}  // namespace

Result<RecordingBuilder> RecordingBuilder::create(std::vector<std::string> columns, std::size_t chunk_bytes) {
    auto file = TempFile::create();
    if (!file) return tl::unexpected(file.error());
    const std::size_t row_bytes = sizeof(double) * (2 + columns.size());
    return RecordingBuilder{std::move(*file), std::move(columns), std::max<std::size_t>(chunk_bytes / row_bytes, 1)};
}

Result<> RecordingBuilder::add(const Row& row) {
    assert(row.cells.size() == columns_.size());
    if (!times_.empty() && row.time < times_.back()) in_order_ = false;
    times_.push_back(row.time);
    lines_.push_back(row.line);
    cells_.insert(cells_.end(), row.cells.begin(), row.cells.end());
    return times_.size() < chunk_rows_ ? Result<>{} : spill();
}

Row RecordingBuilder::row_at(std::size_t i) const {
    return {times_[i], lines_[i], std::span{cells_}.subspan(i * columns_.size(), columns_.size())};
}

Result<> RecordingBuilder::spill() {
    auto done = write_chunk();
    times_.clear();
    lines_.clear();
    cells_.clear();
    in_order_ = true;
    return done;
}

Result<> RecordingBuilder::write_chunk() {
    std::vector<std::uint32_t> order(times_.size());
    std::iota(order.begin(), order.end(), 0U);
    if (!in_order_) std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return times_[i]; });
    if (writing_ && times_[order.front()] < writing_->last_time()) {
        if (auto done = close_run(); !done) return done;
    }
    if (!writing_) writing_.emplace(file_, columns_.size(), problems_);
    for (const auto i : order) {
        if (auto done = writing_->add(row_at(i)); !done) return done;
    }
    return {};
}

Result<> RecordingBuilder::close_run() {
    auto run = writing_->finish();
    writing_.reset();
    if (!run) return tl::unexpected(run.error());
    runs_.push_back(*run);
    return runs_.size() < kMostRuns ? Result<>{} : merge_runs();
}

Result<> RecordingBuilder::merge_runs() {
    auto merged = TempFile::create();
    if (!merged) return tl::unexpected(merged.error());
    std::vector<Head> heads;
    for (const auto& run : runs_) heads.push_back({RunReader{file_, run}});
    RunWriter into{*merged, columns_.size(), problems_};
    if (auto done = merge(heads, into); !done) return done;
    auto run = into.finish();
    if (!run) return tl::unexpected(run.error());
    file_ = std::move(*merged);
    runs_.assign(1, *run);
    return {};
}

Result<Recording> RecordingBuilder::finish() {
    if (!times_.empty()) {
        if (auto done = spill(); !done) return tl::unexpected(done.error());
    }
    if (auto done = close_run(); !done) return tl::unexpected(done.error());
    if (runs_.size() > 1) {
        if (auto done = merge_runs(); !done) return tl::unexpected(done.error());
    }
    Recording recording{std::move(file_), runs_.front()};
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        auto& column = recording.columns_.emplace_back();
        column.name = std::move(columns_[i]);
        if (!windows_[i].empty()) column.window = Duration{windows_[i].median()};
    }
    if (auto done = recording.survey(); !done) return tl::unexpected(done.error());
    recording.problems_ = std::move(problems_);
    return recording;
}

}  // namespace setpoint
