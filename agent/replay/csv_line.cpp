// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/csv_line.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace setpoint {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool balanced(std::string_view text) { return std::ranges::count(text, '"') % 2 == 0; }

}  // namespace

Result<std::optional<std::vector<std::string_view>*>> CsvLines::next() {
    for (;;) {
        const auto line = lines_->next();
        if (!line) return tl::unexpected(line.error());
        if (!*line) return std::nullopt;
        const auto content = trimmed(**line);
        if (content.empty() || content.front() == '#') continue;
        first_line_ = lines_->line();
        const auto row = whole_row(**line);
        if (!row) return tl::unexpected(row.error());
        split(*row);
        return &cells_;
    }
}

Result<std::string_view> CsvLines::whole_row(std::string_view text) {
    open_quote_ = false;
    if (text.find('"') == std::string_view::npos || balanced(text)) return text;
    joined_ = text;
    for (;;) {
        const auto more = lines_->next();
        if (!more) return tl::unexpected(more.error());
        if (!*more) break;
        joined_ += '\n';
        joined_ += **more;
        if (balanced(joined_)) return joined_;
        if (joined_.size() > LineSource::kLongestLine) break;
    }
    // A quote open on the last line is a cut file; one open for longer has swallowed rows.
    if (lines_->line() != first_line_) {
        return fail(Errc::bad_config, fmt::format("line {}: a quote is opened and never closed", first_line_));
    }
    open_quote_ = true;
    return joined_;
}

void CsvLines::split(std::string_view row) {
    cells_.clear();
    unquoted_used_ = 0;
    const bool quotes = row.find('"') != std::string_view::npos;
    std::size_t at = 0;
    for (;;) {
        if (quotes) {
            const auto first = row.find_first_not_of(" \t", at);
            if (first != std::string_view::npos && row[first] == '"') {
                at = first;
                cells_.push_back(quoted_cell(row, at));
                if (at >= row.size()) return;
                ++at;
                continue;
            }
        }
        const auto end = std::min(row.find(separator_, at), row.size());
        cells_.push_back(trimmed(row.substr(at, end - at)));
        if (end == row.size()) return;
        at = end + 1;
    }
}

/// `at` is at the opening quote and moves to the separator behind the cell, or to the end.
std::string_view CsvLines::quoted_cell(std::string_view row, std::size_t& at) {
    const std::size_t begin = at + 1;
    std::size_t end = row.find('"', begin);
    bool doubled = false;
    while (end != std::string_view::npos && end + 1 < row.size() && row[end + 1] == '"') {
        doubled = true;
        end = row.find('"', end + 2);
    }
    end = std::min(end, row.size());
    at = std::min(row.find(separator_, std::min(end + 1, row.size())), row.size());
    const auto cell = row.substr(begin, end - begin);
    if (!doubled) return trimmed(cell);
    // Room for all cells of a row at once, so that earlier views stay good.
    if (unquoted_.size() < row.size() / 4 + 1) unquoted_.resize(row.size() / 4 + 1);
    auto& text = unquoted_[unquoted_used_++];
    text.clear();
    for (std::size_t i = 0; i < cell.size(); ++i) {
        text += cell[i];
        if (cell[i] == '"') ++i;
    }
    return text;
}

}  // namespace setpoint
