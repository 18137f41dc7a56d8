// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "agent/replay/read_recording.hpp"
#include "agent/replay/time_stamp.hpp"

namespace setpoint {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMostNamesShown = 64;
constexpr double kLongestWindow = 86'400;  // s
constexpr std::uint64_t kRowsBetweenProgress = 1 << 14;

/// A value of a signal, and its own time where it has one.
struct Value {
    double number = kNothing;
    std::optional<std::int64_t> time;
    std::optional<Duration> window;
};

/// Turns the objects of one file into rows. A signal stands at top level or in `signals`, as a number or as
/// `{"value": ..., "time": ...}`; recorded sizes also in `target`.
class JsonRows {
public:
    JsonRows(const ReadOptions& options, RecordingBuilder& builder)
        : options_(options), builder_(builder), cells_(options.wanted.size()) {}

    /// A line that is no object, or an object without a time, is left out and counted. `unparsed` says
    /// what a line is that does not parse.
    [[nodiscard]] Result<> take(std::string_view text, std::uint64_t line, Oddity unparsed) {
        line_ = line;
        dom::object object;
        if (!parse(text, object)) {
            builder_.problems().note(unparsed, line);
            return {};
        }
        if (is_of_another(object)) return {};
        const auto time = read_time(object);
        if (!time) {
            builder_.problems().note(Oddity::bad_time, line);
            return {};
        }
        if (times_.without_zone()) builder_.problems().note(Oddity::no_zone, line);
        if (previous_ && *time < *previous_) builder_.problems().note(Oddity::backward_time, line);
        previous_ = *time;
        std::ranges::fill(cells_, kUnsaid);
        has_pods_ = object["pods"].get(pods_) == simdjson::SUCCESS;
        if (auto done = read_members(object, *time); !done) return done;
        for (const char* nested : {"signals", "target"}) {
            dom::object inner;
            if (object[nested].get(inner) != simdjson::SUCCESS) continue;
            if (auto done = read_members(inner, *time); !done) return done;
        }
        return builder_.add({*time, line, cells_});
    }

    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    /// The policies whose lines were passed over.
    [[nodiscard]] const std::set<std::string>& others() const { return others_; }

private:
    bool parse(std::string_view text, dom::object& object) {
        dom::element parsed;
        if (parser_.parse(text.data(), text.size()).get(parsed) == simdjson::SUCCESS) {
            return parsed.get(object) == simdjson::SUCCESS;
        }
        // Many writers put NaN where JSON has no word for it.
        without_nan_ = text;
        for (std::size_t at = 0; (at = without_nan_.find(": NaN", at)) != std::string::npos;)
            without_nan_.replace(at, 5, ":null");
        for (std::size_t at = 0; (at = without_nan_.find(":NaN", at)) != std::string::npos;)
            without_nan_.replace(at, 4, ":null");
        return without_nan_ != text && parser_.parse(without_nan_).get(parsed) == simdjson::SUCCESS &&
               parsed.get(object) == simdjson::SUCCESS;
    }

    bool is_of_another(const dom::object& object) {
        std::string_view policy;
        if (options_.policy.empty() || object["policy"].get(policy) != simdjson::SUCCESS || policy == options_.policy) return false;
        if (others_.size() < kMostNamesShown) others_.emplace(policy);
        return true;
    }

    bool is_time(std::string_view name) const {
        return options_.time_column.empty() ? names_a_time(name) : name == options_.time_column;
    }

    std::optional<std::int64_t> read_time(const dom::object& object) {
        for (const auto member : object) {
            if (is_time(member.key)) return time_of(member.value);
        }
        return std::nullopt;
    }

    std::optional<std::int64_t> time_of(const dom::element& value) {
        double number = 0;
        if (value.get(number) == simdjson::SUCCESS) return times_.read(number);
        std::string_view text;
        if (value.get(text) == simdjson::SUCCESS) return times_.read(text);
        return std::nullopt;
    }

    /// Where `name` belongs among the wanted; each name is looked up once.
    std::size_t place_of(std::string_view name) {
        const auto known = std::ranges::find(names_, name);
        if (known != names_.end()) return places_[static_cast<std::size_t>(known - names_.begin())];
        const auto wanted = std::ranges::find(options_.wanted, name, &Wanted::column);
        const auto alike = std::ranges::find_if(options_.wanted,
                                                [&](const Wanted& one) { return same_but_for_case(one.column, name); });
        const auto found = wanted != options_.wanted.end() ? wanted : alike;
        const auto place = static_cast<std::size_t>(found - options_.wanted.begin());
        if (names_.size() < kMostNamesShown || place < options_.wanted.size()) {
            names_.emplace_back(name);
            places_.push_back(place);
        }
        return place;
    }

    Result<> read_members(const dom::object& object, std::int64_t row_time) {
        for (const auto member : object) {
            if (is_time(member.key) || member.key == "signals" || member.key == "target") continue;
            const auto place = place_of(member.key);
            if (place == options_.wanted.size()) continue;
            auto value = options_.wanted[place].sum && has_pods_ ? read_sum(member.key, member.value) : read_value(member.value);
            if (options_.wanted[place].size && !std::isnan(value.number)) value.number = size_of(value.number, line_, builder_.problems());
            if (value.window) builder_.window(place, *value.window);
            const double cell = value.number * options_.wanted[place].factor;
            if (!value.time || *value.time == row_time) {
                cells_[place] = std::isnan(value.number) ? kNothing : cell;
                continue;
            }
            // The sample has its own time: a row of its own.
            own_.assign(cells_.size(), kUnsaid);
            own_[place] = std::isnan(value.number) ? kNothing : cell;
            if (auto done = builder_.add({*value.time, line_, own_}); !done) return done;
        }
        return {};
    }

    Value read_value(const dom::element& element) {
        Value value;
        dom::object object;
        if (element.get(object) == simdjson::SUCCESS) {
            dom::element inner;
            if (object["value"].get(inner) == simdjson::SUCCESS) value.number = number_of(inner);
            read_stamp(object, value);
            if (std::isnan(value.number)) value.window.reset();
            return value;
        }
        value.number = number_of(element);
        return value;
    }

    /// What the pods of the line used together; the time and the window stand beside the mean of them.
    Value read_sum(std::string_view name, const dom::element& mean) {
        Value value;
        dom::object object;
        if (mean.get(object) == simdjson::SUCCESS) read_stamp(object, value);
        for (const auto pod : pods_) {
            dom::element own;
            bool ready = true;
            if (pod["ready"].get(ready) == simdjson::SUCCESS && !ready) continue;
            if (pod["signals"][name].get(own) != simdjson::SUCCESS) continue;
            if (own.is_object() && own["value"].get(own) != simdjson::SUCCESS) continue;
            const double used = number_of(own);
            if (!std::isnan(used)) value.number = std::isnan(value.number) ? used : value.number + used;
        }
        if (std::isnan(value.number)) {
            builder_.problems().note(Oddity::blank, line_);
            value.window.reset();
        }
        return value;
    }

    void read_stamp(const dom::object& object, Value& value) {
        dom::element inner;
        if (object["time"].get(inner) == simdjson::SUCCESS) value.time = time_of(inner);
        double window = 0;
        const bool sane = object["window"].get(window) == simdjson::SUCCESS && window >= 0 && window <= kLongestWindow;
        if (sane) value.window = from_seconds(window);
    }

    double number_of(const dom::element& element) {
        double number = 0;
        if (element.get(number) == simdjson::SUCCESS && std::isfinite(number)) return number;
        builder_.problems().note(element.is_null() ? Oddity::blank : Oddity::bad_value, line_);
        return kNothing;
    }

    const ReadOptions& options_;
    RecordingBuilder& builder_;
    dom::parser parser_;
    TimeReader times_;
    std::optional<std::int64_t> previous_;
    std::uint64_t line_ = 0;
    std::vector<double> cells_;
    std::vector<double> own_;
    std::vector<std::string> names_;
    std::vector<std::size_t> places_;
    std::string without_nan_;
    std::set<std::string> others_;
    dom::array pods_;  // of the line
    bool has_pods_ = false;
};

Error no_rows(const Problems& problems) {
    const auto& first = problems.list().front();
    if (first.kind != Oddity::bad_time) {
        return {Errc::bad_config, fmt::format("line {}: not a JSON object; one whole object a line is wanted, such as "
                                              "{{\"time\": 1700000000, \"cpu\": 0.7}} (jq -c . writes them so)",
                                              first.first_line)};
    }
    return {Errc::bad_config,
            fmt::format("line {}: no time; wanted is a member 'time' (or timestamp, ts, date, ..., or the one that "
                        "--time-column names) in RFC 3339 or in Unix seconds or milliseconds",
                        first.first_line)};
}

std::vector<const Wanted*> not_seen(const ReadOptions& options, const std::vector<std::string>& names) {
    std::vector<const Wanted*> missing;
    for (const auto& wanted : options.wanted) {
        const auto like = [&](const std::string& name) { return same_but_for_case(name, wanted.column); };
        if (wanted.required && std::ranges::none_of(names, like)) missing.push_back(&wanted);
    }
    return missing;
}

}  // namespace

Result<Recording> read_json_lines(LineSource& lines, const ReadOptions& options) {
    auto builder = RecordingBuilder::create(names_of(options.wanted), options.chunk_bytes);
    if (!builder) return tl::unexpected(builder.error());
    JsonRows rows{options, *builder};
    for (std::uint64_t count = 1;; ++count) {
        const auto text = lines.next();
        if (!text) return tl::unexpected(text.error());
        if (!*text) break;
        if ((*text)->find_first_not_of(" \t") == std::string_view::npos) continue;
        const auto unparsed = lines.ended() ? Oddity::bad_line : Oddity::cut_last_line;
        if (auto done = rows.take(**text, lines.line(), unparsed); !done) return tl::unexpected(done.error());
        if (options.progress && count % kRowsBetweenProgress == 0) options.progress(lines.share_read());
    }
    if (builder->empty() && !rows.others().empty()) return tl::unexpected(nothing_of(options.policy, rows.others()));
    if (builder->empty()) return tl::unexpected(no_rows(builder->problems()));
    if (const auto missing = not_seen(options, rows.names()); !missing.empty()) {
        return tl::unexpected(missing_columns(missing, rows.names()));
    }
    return builder->finish();
}

}  // namespace setpoint
