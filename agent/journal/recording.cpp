// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/recording.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <vector>

#include "agent/journal/files.hpp"
#include "agent/journal/reader.hpp"
#include "agent/journal/replay.hpp"
#include "agent/replay/recorded_line.hpp"

namespace setpoint {
namespace {

/// Turns the events of one policy into rows.
class EventRows {
public:
    EventRows(std::string policy, const ReadOptions& options, RecordingBuilder& builder)
        : policy_(std::move(policy)), options_(options), builder_(builder) {}

    void take(const ReplayStep& step) {
        if (!error_.has_value()) done(row_of(step));
    }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }
    [[nodiscard]] const std::vector<std::string>& seen() const { return seen_; }
    [[nodiscard]] const std::set<std::string>& policies() const { return policies_; }

private:
    void done(const Result<>& result) {
        if (!result) error_ = result.error();
    }

    [[nodiscard]] bool is_ours(const Reducer& reducer, TargetId target) {
        if (index(target) >= reducer.targets()) return false;
        const auto& name = reducer.spec(target).name;
        policies_.insert(name);
        return name == policy_ || reducer.targets() == 1;
    }

    [[nodiscard]] Result<> row_of(const ReplayStep& step) {
        if (const auto* sample = std::get_if<Sample>(&step.event.body)) {
            if (!is_ours(step.reducer, sample->target)) return {};
            const auto& signals = step.reducer.spec(sample->target).signals;
            if (index(sample->signal) >= signals.size()) return {};
            const auto& signal = signals[index(sample->signal)];
            const bool said = sample->kind != SampleKind::no_data && sample->kind != SampleKind::failed;
            const auto pods = step.reducer.pods(sample->target);
            set(signal.name, recorded_value(*sample, signal, pods).value_or(kNothing), recorded_sum(*sample, pods).value_or(kNothing));
            if (said) set_window(signal.name, sample->window);
            return add(said ? sample->measured : step.event.time);
        }
        if (const auto* state = std::get_if<TargetState>(&step.event.body)) {
            if (!is_ours(step.reducer, state->target)) return {};
            set("replicas", state->replicas);
            set("ready", state->ready);
            return add(step.event.time);
        }
        return {};
    }

    void set(const std::string& name, double value, double sum = kNothing) {
        if (std::ranges::find(seen_, name) == seen_.end()) seen_.push_back(name);
        cells_.resize(options_.wanted.size(), kUnsaid);
        for (std::size_t i = 0; i < cells_.size(); ++i) {
            const auto& wanted = options_.wanted[i];
            if (wanted.column == name) cells_[i] = (wanted.sum ? sum : value) * wanted.factor;
        }
    }

    void set_window(const std::string& name, Duration window) {
        for (std::size_t i = 0; i < options_.wanted.size(); ++i) {
            if (options_.wanted[i].column == name) builder_.window(i, window);
        }
    }

    [[nodiscard]] Result<> add(Time at) {
        const auto result = std::ranges::all_of(cells_, is_unsaid)
                                ? Result<>{}
                                : builder_.add({at.time_since_epoch().count(), ++rows_, cells_});
        std::ranges::fill(cells_, kUnsaid);
        return result;
    }

    std::string policy_;
    const ReadOptions& options_;
    RecordingBuilder& builder_;
    std::vector<double> cells_;
    std::vector<std::string> seen_;
    std::set<std::string> policies_;
    std::uint64_t rows_ = 0;
    std::optional<Error> error_;
};

std::vector<std::filesystem::path> segments_of(const std::string& path) {
    std::error_code none;
    if (!std::filesystem::is_directory(path, none)) return {path};
    std::vector<std::filesystem::path> paths;
    if (const auto files = list_segments(path, Stream::events)) {
        for (const auto& file : *files) paths.push_back(file.path);
    }
    return paths;
}

}  // namespace

bool is_journal(const std::string& path) {
    const auto segments = segments_of(path);
    std::error_code none;
    // A pipe cannot be looked into and then read.
    return !segments.empty() && std::filesystem::is_regular_file(segments.front(), none) &&
           SegmentReader::open(segments.front()).has_value();
}

Result<Recording> read_journal_recording(const std::string& path, const std::string& policy,
                                         const ReadOptions& options) {
    auto builder = RecordingBuilder::create(names_of(options.wanted), options.chunk_bytes);
    if (!builder) return tl::unexpected(builder.error());
    EventRows rows{policy, options, *builder};
    const auto segments = segments_of(path);
    for (std::size_t i = 0; i < segments.size(); ++i) {
        auto segment = SegmentReader::open(segments[i]);
        // A crash may leave a segment that ends within its opening: nothing was in it.
        if (!segment && segment.error().code == Errc::no_data) continue;
        if (!segment) return tl::unexpected(in(segments[i].string())(segment.error()));
        if (segment->opening().stream != Stream::events) {
            return fail(Errc::bad_config,
                        fmt::format("{}: has decisions only; wanted is a segment of events", segments[i].string()));
        }
        JournalReplay replay{[&](const ReplayStep& step) { rows.take(step); }, [](const Gap&) {}};
        if (auto done = replay.replay(*segment); !done && done.error().code != Errc::no_data)
            return tl::unexpected(in(segments[i].string())(done.error()));
        if (rows.error()) return tl::unexpected(*rows.error());
        if (options.progress) options.progress(static_cast<double>(i + 1) / static_cast<double>(segments.size()));
    }
    std::vector<const Wanted*> missing;
    for (const auto& wanted : options.wanted) {
        if (wanted.required && std::ranges::find(rows.seen(), wanted.column) == rows.seen().end())
            missing.push_back(&wanted);
    }
    if (!missing.empty() && !rows.seen().empty())
        return tl::unexpected(in(path)(missing_columns(missing, rows.seen())));
    if (builder->empty()) return tl::unexpected(in(path)(nothing_of(policy, rows.policies())));
    return builder->finish();
}

}  // namespace setpoint
