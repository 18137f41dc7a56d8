// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/dry_run.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "agent/replay/wording.hpp"
#include "core/units.hpp"
#include "policies/reducer.hpp"

namespace setpoint {
namespace {

constexpr std::int64_t kMostTicks = 200'000'000;
constexpr std::uint64_t kTicksBetweenProgress = 1 << 14;

Replicas whole(double size) {
    return static_cast<Replicas>(std::clamp(std::round(size), 0.0, static_cast<double>(kMaxReplicas)));
}

/// The rows of a recording, one after the other.
class RowCursor {
public:
    explicit RowCursor(const Recording& recording) : reader_(recording.read()) {}

    /// To the next row; false behind the last one.
    [[nodiscard]] Result<bool> advance() {
        if (block_ != nullptr && ++at_ < block_->rows()) return true;
        const auto next = reader_.next();
        if (!next) return tl::unexpected(next.error());
        block_ = *next;
        at_ = 0;
        return block_ != nullptr;
    }
    [[nodiscard]] Time time() const { return Time{Duration{block_->times[at_]}}; }
    [[nodiscard]] double cell(std::size_t column) const { return block_->columns[column][at_]; }

private:
    RunReader reader_;
    const Block* block_ = nullptr;
    std::size_t at_ = 0;
};

/// One run: the reducer, and the target that its decisions size.
class Replay {
public:
    Replay(const ScalingSpec& spec, const GuardSettings& guards, const Recording& recording, DryRunStart start, DryRunListener& listener)
        : spec_(spec), guards_(guards), recording_(recording), listener_(listener), ready_from_(start.ready), size_(start.replicas) {}

    [[nodiscard]] Result<Score> run(const std::function<void(double)>& progress);

private:
    void take_row(const RowCursor& row);
    void take_sizes(const RowCursor& row);
    void tell_target(Time now);
    void tick(Time now);

    const ScalingSpec& spec_;
    const GuardSettings& guards_;
    const Recording& recording_;
    DryRunListener& listener_;
    DryRunStart::Ready ready_from_;
    Reducer control_;
    Scorer scorer_;
    Replicas size_;
    std::optional<Replicas> recorded_size_;
    std::optional<Replicas> recorded_ready_;
};

Result<Score> Replay::run(const std::function<void(double)>& progress) {
    auto config = configuration({spec_}, guards_);
    if (!config) return tl::unexpected(config.error());
    const Time first = recording_.first();
    const Time last = recording_.last();
    control_.reduce({first, std::move(*config)});
    RowCursor row{recording_};
    auto more = row.advance();
    std::uint64_t ticks = 0;
    for (Time now = first;; now += spec_.interval) {
        while (more && *more && row.time() <= now) {
            take_row(row);
            more = row.advance();
        }
        if (!more) return tl::unexpected(more.error());
        tick(now);
        if (progress && ++ticks % kTicksBetweenProgress == 0) progress(seconds(now - first) / seconds(last - first));
        if (now >= last) return scorer_.finish();
    }
}

void Replay::take_row(const RowCursor& row) {
    take_sizes(row);
    for (std::size_t i = 0; i < spec_.signals.size(); ++i) {
        const double value = row.cell(i);
        if (is_unsaid(value)) continue;
        Sample sample;
        sample.signal = SignalId{static_cast<std::uint16_t>(i)};
        sample.measured = row.time();
        const auto& column = recording_.columns()[i];
        sample.window = column.window.value_or(column.step);
        if (!std::isnan(value)) {
            sample.kind = spec_.signals[i].per_pod ? SampleKind::pods_mean : SampleKind::scalar;
            sample.value = value;
            listener_.sample(sample.signal, row.time(), value);
        }
        control_.reduce({row.time(), std::move(sample)});
    }
}

void Replay::take_sizes(const RowCursor& row) {
    const std::size_t signals = spec_.signals.size();
    const bool begins = !recorded_size_ && !recorded_ready_ && row.time() == recording_.first();
    const auto before = recorded_ready_;
    if (const double size = row.cell(signals); !std::isnan(size)) {
        recorded_size_ = whole(size);
        listener_.recorded_size(row.time(), *recorded_size_);
    }
    const double ready = row.cell(ready_from_ == DryRunStart::Ready::recorded_replicas ? signals : signals + 1);
    if (!std::isnan(ready)) recorded_ready_ = whole(ready);
    if (begins || recorded_ready_ != before) tell_target(row.time());
}

void Replay::tell_target(Time now) {
    control_.reduce({now, TargetState{{}, size_, recorded_ready_.value_or(size_), {}}});
}

void Replay::tick(Time now) {
    const Decision& decision = *control_.reduce({now, Tick{{}, WallTime{now.time_since_epoch()}}});
    scorer_.add(decision, spec_.interval);
    if (recorded_size_) scorer_.add_recorded(*recorded_size_, spec_.interval);
    listener_.decided(decision);
    if (!decision.apply) return;
    size_ = decision.replicas;
    control_.reduce({now, ApplyResult{{}, size_, size_, ApplyOutcome::applied, {}}});
    tell_target(now);
}

bool is_used(const ScalingSpec& spec, const std::string& signal) {
    return std::ranges::any_of(spec.policies,
                               [&](const PolicyEntry& entry) { return signal_of(entry.settings) == signal; });
}

}  // namespace

bool is_summed(const ScalingSpec& spec, const SignalSpec& signal) {
    if (!signal.per_pod || (signal.dimension != Dimension::cores && signal.dimension != Dimension::bytes)) return false;
    const auto uses = [&](const PolicyEntry& entry) { return signal_of(entry.settings) == signal.name; };
    const auto by_amount = [&](const PolicyEntry& entry) {
        const auto* track = std::get_if<TrackSettings>(&entry.settings);
        return !uses(entry) || (track != nullptr && track->average_value);
    };
    return std::ranges::any_of(spec.policies, uses) && std::ranges::all_of(spec.policies, by_amount);
}

Result<std::vector<Wanted>> wanted_columns(const ScalingSpec& spec, const ColumnChoices& choices) {
    std::vector<Wanted> wanted;
    for (const auto& signal : spec.signals) {
        auto& column = wanted.emplace_back(Wanted{signal.name, signal.name, is_used(spec, signal.name)});
        column.sum = is_summed(spec, signal);
        if (column.sum) column.what = signal.dimension == Dimension::cores ? "of all replicas together, in cores" : "of all replicas together, in bytes";
        else if (signal.per_pod) column.what = "the mean utilization, where 0.7 is 70 %";
    }
    for (const auto* size : {"replicas", "ready"}) wanted.push_back({size, size, false, {}, 1, true});
    const auto find = [&](const std::string& name) { return std::ranges::find(wanted, name, &Wanted::name); };
    for (const auto& [name, column] : choices.column_of) {
        if (find(name) == wanted.end()) {
            return fail(Errc::bad_config, fmt::format("--map {}={}: the policy has no signal '{}'; it has {}; the recorded sizes are replicas and ready", name, column, name,
                                                      spec.signals.empty() ? "none" : fmt::format("{}", fmt::join(signal_names(spec), ", "))));
        }
        find(name)->column = column;
        find(name)->required = true;
    }
    for (const auto& name : choices.percent) {
        if (find(name) == wanted.end())
            return fail(Errc::bad_config, fmt::format("--percent {}: the policy has no signal '{}'", name, name));
        find(name)->factor = 0.01;
    }
    return wanted;
}

ScalingSpec adapted_to(const Recording& recording, ScalingSpec spec) {
    spec.mode = Mode::live;
    std::vector<bool> summed;  // by the spec as a whole
    for (const auto& signal : spec.signals) summed.push_back(is_summed(spec, signal));
    for (std::size_t i = 0; i < spec.signals.size(); ++i) {
        auto& signal = spec.signals[i];
        if (summed[i]) signal.per_pod = false;
        signal.resolution = std::max(signal.resolution, recording.columns()[i].step);
    }
    return spec;
}

Result<DryRunStart> start_of(const Recording& recording, const ScalingSpec& spec) {
    const auto& columns = recording.columns();
    const std::size_t replicas = spec.signals.size();
    DryRunStart start;
    start.replicas = std::max(spec.replicas.min, 1);
    if (columns[replicas + 1].values > 0)
        start.ready = DryRunStart::Ready::recorded_ready;
    else if (columns[replicas].values > 0)
        start.ready = DryRunStart::Ready::recorded_replicas;
    // Before the first recorded size that one held.
    const std::size_t from = columns[replicas].values > 0 ? replicas : replicas + 1;
    if (columns[from].values == 0) return start;
    for (RowCursor row{recording};;) {
        const auto more = row.advance();
        if (!more) return tl::unexpected(more.error());
        if (!*more) return start;
        if (std::isnan(row.cell(from))) continue;
        start.replicas = whole(row.cell(from));
        return start;
    }
}

Result<Score> dry_run(const ScalingSpec& spec, const Recording& recording, DryRunListener& listener,
                      const std::function<void(double)>& progress, const GuardSettings& guards) {
    const auto ticks = (recording.last() - recording.first()) / spec.interval;
    if (ticks > kMostTicks) {
        return fail(
            Errc::bad_config,
            fmt::format("the recording goes from {} to {}: {} ticks of {} are too many (at most {}); is a time wrong?",
                        format_time(WallTime{recording.first().time_since_epoch()}),
                        format_time(WallTime{recording.last().time_since_epoch()}), ticks,
                        format_duration(spec.interval), kMostTicks));
    }
    const auto start = start_of(recording, spec);
    if (!start) return tl::unexpected(start.error());
    return Replay{spec, guards, recording, *start, listener}.run(progress);
}

}  // namespace setpoint
