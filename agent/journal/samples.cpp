// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/samples.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/units.hpp"

namespace setpoint {
namespace {

std::string cell_of(const Sample& sample) {
    double value = sample.value;
    if (sample.kind == SampleKind::no_data || sample.kind == SampleKind::failed) return {};
    if (sample.kind == SampleKind::pods) {
        if (sample.pods.empty()) return {};
        value = 0;
        for (const auto& pod : sample.pods) value += pod.value;
        value /= static_cast<double>(sample.pods.size());
    }
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return format_number(value);
}

}  // namespace

Sample as_utilization(Sample sample, const ShareOf& share, std::span<const Pod> pods) {
    std::map<PodId, double> wholes;
    for (const auto& pod : pods) {
        if (const auto whole = share.whole(pod); whole && *whole > 0) wholes[pod.id] = *whole;
    }
    if (wholes.empty()) return sample;
    for (auto& reading : sample.pods) {
        const auto known = wholes.find(reading.pod);
        reading.value /= known != wholes.end() ? known->second : wholes.begin()->second;
    }
    return sample;
}

std::string SampleTable::header() const {
    std::string line = "time,replicas,ready";
    for (const auto& signal : signals_) line += ',' + signal;
    return line + '\n';
}

void SampleTable::take(const TargetState& state) {
    replicas_ = state.replicas;
    ready_ = state.ready;
}

void SampleTable::take(const ApplyResult& result) {
    if (result.outcome == ApplyOutcome::applied || result.outcome == ApplyOutcome::partly) replicas_ = result.replicas;
}

std::optional<std::string> SampleTable::take(const Sample& sample, std::string_view signal) {
    const auto column = std::ranges::find(signals_, signal);
    if (column == signals_.end()) return std::nullopt;
    const auto at = static_cast<std::size_t>(column - signals_.begin());
    std::optional<std::string> row;
    const bool same = time_ == sample.measured && cells_[at].empty();
    if (!same) row = finish();
    time_ = sample.measured;
    cells_.resize(signals_.size());
    cells_[at] = cell_of(sample);
    return row;
}

std::optional<std::string> SampleTable::finish() {
    if (!time_) return std::nullopt;
    std::string row = format_time(WallTime{time_->time_since_epoch()});
    row += ',' + (replicas_ ? std::to_string(*replicas_) : std::string{});
    row += ',' + (ready_ ? std::to_string(*ready_) : std::string{});
    for (const auto& cell : std::exchange(cells_, {})) row += ',' + cell;
    time_.reset();
    return row + '\n';
}

}  // namespace setpoint
