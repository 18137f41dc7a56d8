// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "agent/replay/csv_line.hpp"
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

char separator_of(std::string_view line) {
    char best = ',';
    for (const char candidate : {',', ';', '\t'}) {
        if (std::ranges::count(line, candidate) > std::ranges::count(line, best)) best = candidate;
    }
    return best;
}

Result<std::size_t> find_time(const std::vector<std::string>& names, const ReadOptions& options) {
    if (!options.time_column.empty()) {
        const auto at = find_column(names, options.time_column);
        if (at < names.size()) return at;
        return fail(Errc::bad_config, fmt::format("no column '{}' for the time; it has: {}", options.time_column,
                                                  fmt::join(names, ", ")));
    }
    const auto found = std::ranges::find_if(names, names_a_time);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    if (TimeReader{}.read(names.front())) {
        return fail(Errc::bad_config,
                    fmt::format("line 1: no header; it begins with '{}', and a first line with the names of the "
                                "columns is wanted, such as time,cpu",
                                names.front()));
    }
    std::vector<std::string> shown{
        names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(names.size(), 20))};
    for (auto& name : shown) name = name.substr(0, 60);
    return fail(Errc::bad_config,
                fmt::format("no column 'time' (or timestamp, ts, date, ...); it has: {}\nhint: --time-column NAME says "
                            "which one is the time",
                            fmt::join(shown, ", ")));
}

Result<Header> read_header(const std::vector<std::string_view>& cells, const ReadOptions& options) {
    if (cells.size() > kMostColumns)
        return fail(Errc::bad_config, fmt::format("{} columns; at most {} are read", cells.size(), kMostColumns));
    Header header;
    header.names.assign(cells.begin(), cells.end());
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
        : header_(header), options_(options), decimal_comma_(decimal_comma), values_(options.wanted.size(), kUnsaid) {}

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
        for (const auto& [wanted, column] : header_.sources) {
            values_[wanted] =
                column < cells.size() ? value(cells[column], options_.wanted[wanted], line, problems) : kNothing;
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

private:
    double value(std::string_view text, const Wanted& wanted, std::uint64_t line, Problems& problems) {
        double number = 0;
        if (parse(text, number)) {
            if (!wanted.size || may_be_size(number)) return number * wanted.factor;
            problems.note(Oddity::bad_size, line);
            return kNothing;
        }
        problems.note(says_nothing(text) ? Oddity::blank : Oddity::bad_value, line);
        return kNothing;
    }

    bool parse(std::string_view text, double& number) {
        if (text.starts_with('+')) text.remove_prefix(1);
        double scale = 1;
        if (text.ends_with('%')) {
            text.remove_suffix(1);
            while (text.ends_with(' ')) text.remove_suffix(1);
            scale = 0.01;
        }
        if (decimal_comma_ && text.find(',') != std::string_view::npos) {
            dotted_ = text;
            std::ranges::replace(dotted_, ',', '.');
            text = dotted_;
        }
        const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
        number *= scale;
        return wrong == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
    }

    const Header& header_;
    const ReadOptions& options_;
    bool decimal_comma_;
    TimeReader time_;
    std::optional<std::int64_t> previous_;
    std::vector<double> values_;
    std::string dotted_;
    std::string bad_time_;  // the first
};

}  // namespace

Result<Recording> read_csv(LineSource& lines, const ReadOptions& options) {
    const auto beginning = lines.peek();
    if (!beginning) return tl::unexpected(beginning.error());
    const char separator =
        separator_of(beginning->substr(0, beginning->find('\n', beginning->find_first_not_of("\r\n"))));
    CsvLines rows{lines, separator};
    const auto first = rows.next();
    if (!first) return tl::unexpected(first.error());
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
    return builder->finish();
}

}  // namespace setpoint
