// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "agent/replay/csv_line.hpp"
#include "agent/replay/csv_number.hpp"
#include "agent/replay/read_recording.hpp"
#include "agent/replay/time_stamp.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kMostColumns = 10'000;
constexpr std::uint64_t kRowsBetweenProgress = 1 << 14;

/// What the header says: where the time is, and where the wanted columns are.
struct Header {
    struct Source {
        std::size_t wanted;
        std::size_t column;
    };
    std::vector<std::string> names;
    std::size_t time = 0;
    std::vector<Source> sources;
};

/// The first line that is neither blank nor a comment.
std::string_view header_line(std::string_view beginning) {
    for (;;) {
        const auto line = beginning.substr(0, beginning.find('\n'));
        const auto first = line.find_first_not_of(" \t\r");
        if (first != std::string_view::npos && line[first] != '#') return line;
        if (line.size() == beginning.size()) return {};
        beginning.remove_prefix(line.size() + 1);
    }
}

char separator_of(std::string_view line) {
    char best = ',';
    for (const char candidate : {',', ';', '\t', '|'}) {
        if (std::ranges::count(line, candidate) > std::ranges::count(line, best)) best = candidate;
    }
    return best;
}

Result<std::size_t> find_time(const std::vector<std::string>& names, const ReadOptions& options) {
    if (!options.time_column.empty()) {
        const auto at = find_column(names, options.time_column);
        if (at < names.size()) return at;
        return fail(Errc::bad_config, fmt::format("no column '{}' for the time; it has: {}", options.time_column,
                                                  listed(names)));
    }
    const auto found = std::ranges::find_if(names, names_a_time);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    if (TimeReader{}.read(names.front())) {
        return fail(Errc::bad_config,
                    fmt::format("line 1: no header; it begins with '{}', and a first line with the names of the "
                                "columns is wanted, such as time,cpu",
                                names.front()));
    }
    return fail(Errc::bad_config,
                fmt::format("no column 'time' (or timestamp, ts, date, ...); it has: {}\nhint: --time-column NAME says "
                            "which one is the time",
                            listed(names)));
}

Result<Header> read_header(const std::vector<std::string_view>& cells, const ReadOptions& options) {
    if (cells.size() > kMostColumns)
        return fail(Errc::bad_config, fmt::format("{} columns; at most {} are read", cells.size(), kMostColumns));
    Header header;
    header.names.assign(cells.begin(), cells.end());
    const bool one_line = std::ranges::any_of(cells, [](std::string_view cell) { return cell.find('\r') != std::string_view::npos; });
    if (one_line) return fail(Errc::bad_config, "lines end with a carriage return alone, and must end with a line feed (tr '\\r' '\\n')");
    const auto time = find_time(header.names, options);
    if (!time) return tl::unexpected(time.error());
    header.time = *time;
    std::vector<const Wanted*> missing;
    for (std::size_t i = 0; i < options.wanted.size(); ++i) {
        const auto& wanted = options.wanted[i];
        const auto at = find_column(header.names, wanted.column);
        if (at == header.names.size()) {
            if (wanted.required) missing.push_back(&wanted);
            continue;
        }
        if (std::ranges::count(header.names, header.names[at]) > 1) {
            return fail(Errc::bad_config,
                        fmt::format("two columns are called '{}'; which one is meant?", header.names[at]));
        }
        if (at == header.time) return fail(Errc::bad_config, fmt::format("the column '{}' is the time, and cannot be {} too", header.names[at], wanted.name));
        header.sources.push_back({i, at});
    }
    if (missing.empty()) return header;
    auto others = header.names;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(header.time));
    return tl::unexpected(missing_columns(missing, others));
}

bool says_nothing(std::string_view text) {
    static constexpr std::string_view words[] = {"nan", "null", "na", "n/a", "none", "-", "undefined"};
    return text.empty() || std::ranges::any_of(words, [&](auto word) { return same_but_for_case(word, text); });
}

/// Turns the cells of one file into rows.
class CsvRows {
public:
    CsvRows(const Header& header, const ReadOptions& options, bool decimal_comma)
        : header_(header), options_(options), numbers_(decimal_comma), values_(options.wanted.size(), kUnsaid), found_(options.wanted.size()) {}

    std::optional<Row> read(const std::vector<std::string_view>& cells, std::uint64_t line, Problems& problems) {
        const auto text = header_.time < cells.size() ? cells[header_.time] : std::string_view{};
        const auto time = time_.read(text);
        if (!time) {
            if (problems.count(Oddity::bad_time) == 0) bad_time_ = text.substr(0, 60);
            problems.note(Oddity::bad_time, line);
            return std::nullopt;
        }
        if (time_.without_zone()) problems.note(Oddity::no_zone, line);
        if (previous_ && *time < *previous_) problems.note(Oddity::backward_time, line);
        previous_ = *time;
        if (cells.size() < header_.names.size()) problems.note(Oddity::short_row, line);
        if (cells.size() > header_.names.size()) problems.note(Oddity::long_row, line);
        ++rows_;
        if (has_more(cells)) ++longer_rows_;
        for (const auto& [wanted, column] : header_.sources) {
            values_[wanted] = column < cells.size() ? value(cells[column], wanted, line, problems) : kNothing;
        }
        return Row{*time, line, values_};
    }

    /// Why not one row could be read.
    [[nodiscard]] Error no_rows(const Problems& problems) const {
        if (problems.list().empty()) return {Errc::bad_config, "has a header and no rows"};
        return {Errc::bad_config,
                fmt::format("line {}: '{}' is no time; read are RFC 3339 (2026-01-31T08:00:00Z) and Unix seconds or "
                            "milliseconds",
                            problems.list().front().first_line, bad_time_)};
    }

    /// What makes all rows together worthless, though each one could be read.
    [[nodiscard]] Result<> make_sense() const {
        if (rows_ > 0 && longer_rows_ == rows_) {
            return fail(Errc::bad_config,
                        fmt::format("every row has more cells than the header, which has {}: does a number like 10,000.5 "
                                    "lack its quotes?",
                                    header_.names.size()));
        }
        for (std::size_t i = 0; i < found_.size(); ++i) {
            const auto& found = found_[i];
            if (found.number || found.bad_line == 0 || !options_.wanted[i].required) continue;
            return fail(Errc::bad_config, fmt::format("line {}: '{}' of column '{}' is no number, and no other row has one",
                                                      found.bad_line, found.bad_text, options_.wanted[i].column));
        }
        return {};
    }

private:
    /// What a wanted column was seen to hold.
    struct Found {
        bool number = false;
        std::uint64_t bad_line = 0;  // of the first cell that is neither a number nor blank
        std::string bad_text;
    };

    /// More cells than the header, and not only separators at the end.
    [[nodiscard]] bool has_more(const std::vector<std::string_view>& cells) const {
        const auto beyond = cells.size() - std::min(cells.size(), header_.names.size());
        return std::ranges::any_of(cells.end() - static_cast<std::ptrdiff_t>(beyond), cells.end(), [](std::string_view cell) { return !cell.empty(); });
    }

    double value(std::string_view text, std::size_t at, std::uint64_t line, Problems& problems) {
        const auto& wanted = options_.wanted[at];
        if (const auto number = numbers_.read(text)) {
            found_[at].number = true;
            if (numbers_.grouped()) problems.note(Oddity::grouped_number, line);
            if (numbers_.percent()) problems.note(Oddity::percent_sign, line);
            return wanted.size ? size_of(*number, line, problems) : *number * wanted.factor;
        }
        const bool blank = says_nothing(text);
        problems.note(blank ? Oddity::blank : Oddity::bad_value, line);
        if (!blank && found_[at].bad_line == 0) {
            found_[at].bad_line = line;
            found_[at].bad_text = text.substr(0, 60);
        }
        return kNothing;
    }

    const Header& header_;
    const ReadOptions& options_;
    CsvNumbers numbers_;
    TimeReader time_;
    std::optional<std::int64_t> previous_;
    std::vector<double> values_;
    std::vector<Found> found_;  // by wanted column
    std::uint64_t rows_ = 0;
    std::uint64_t longer_rows_ = 0;
    std::string bad_time_;  // the first
};

}  // namespace

Result<Recording> read_csv(LineSource& lines, const ReadOptions& options) {
    const auto beginning = lines.peek();
    if (!beginning) return tl::unexpected(beginning.error());
    const char separator = separator_of(header_line(*beginning));
    CsvLines rows{lines, separator};
    const auto first = rows.next();
    if (!first) return tl::unexpected(first.error());
    if (!*first) return fail(Errc::bad_config, "has comments and no header");
    const auto header = read_header(***first, options);
    if (!header) return tl::unexpected(header.error());
    auto builder = RecordingBuilder::create(names_of(options.wanted), options.chunk_bytes);
    if (!builder) return tl::unexpected(builder.error());
    CsvRows reader{*header, options, separator == ';'};
    for (std::uint64_t count = 1;; ++count) {
        const auto cells = rows.next();
        if (!cells) return tl::unexpected(cells.error());
        if (!*cells) break;
        if (rows.cut_off(header->names.size())) {
            builder->problems().note(Oddity::cut_last_line, rows.line());
            continue;
        }
        if (const auto row = reader.read(***cells, rows.line(), builder->problems())) {
            if (auto done = builder->add(*row); !done) return tl::unexpected(done.error());
        }
        if (options.progress && count % kRowsBetweenProgress == 0) options.progress(lines.share_read());
    }
    if (builder->empty()) return tl::unexpected(reader.no_rows(builder->problems()));
    if (auto sense = reader.make_sense(); !sense) return tl::unexpected(sense.error());
    return builder->finish();
}

}  // namespace setpoint
