// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/replay/line_source.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Splits the lines of a CSV file into cells. Cells may be quoted, with doubled quotes inside, and may then
/// hold separators and line ends; spaces around a cell are dropped. Blank lines and those that begin with '#' are left out.
class CsvLines {
public:
    CsvLines(LineSource& lines, char separator) : lines_(&lines), separator_(separator) {}

    /// The cells of the next line, valid until the next call; nothing at the end.
    [[nodiscard]] Result<std::optional<std::vector<std::string_view>*>> next();

    [[nodiscard]] std::uint64_t line() const { return first_line_; }  // where the row begins, from 1
    /// The file ended within this row: a quote is open, or there is no line end and less than `columns` cells.
    [[nodiscard]] bool cut_off(std::size_t columns) const {
        return open_quote_ || (!lines_->ended() && cells_.size() < columns);
    }

private:
    Result<std::string_view> whole_row(std::string_view text);
    void split(std::string_view row);
    std::string_view quoted_cell(std::string_view row, std::size_t& at);

    LineSource* lines_;
    char separator_;
    std::uint64_t first_line_ = 0;
    bool open_quote_ = false;
    std::string joined_;                 // a row of several lines
    std::vector<std::string> unquoted_;  // cells with quotes inside
    std::size_t unquoted_used_ = 0;
    std::vector<std::string_view> cells_;
};

}  // namespace setpoint
