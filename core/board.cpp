// SPDX-License-Identifier: Apache-2.0
#include "core/board.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace setpoint {
namespace {

constexpr Duration kFutureTolerance = std::chrono::seconds{30};

using Trouble = SignalRecord::Trouble;

Trouble trouble_of(double value, double least) {
    if (!std::isfinite(value)) return Trouble::not_finite;
    return value < least ? Trouble::too_low : Trouble::none;
}

/// One pod with a bad value is one whose value is missing; only where none has a good one is it the sample that says nothing.
Trouble trouble_of(const Sample& sample, double least) {
    if (sample.kind != SampleKind::pods) return trouble_of(sample.value, least);
    auto last = Trouble::none;
    for (const auto& pod : sample.pods) {
        last = trouble_of(pod.value, least);
        if (last == Trouble::none) break;
    }
    return last;
}

}  // namespace

void ReadyHistory::set(Time at, Replicas ready) {
    if (!changes_.empty() && changes_.back().ready == ready) return;
    if (!changes_.empty() && changes_.back().at >= at) {
        changes_.back().ready = ready;
        return;
    }
    if (changes_.size() == kKeep) changes_.erase(changes_.begin());
    changes_.push_back({at, ready});
}

template <class Part>
void ReadyHistory::walk(Time end, Duration window, const Part& part) const {
    const Time start = end - window;
    Time until = end;
    for (auto change = changes_.rbegin(); change != changes_.rend() && until > start; ++change) {
        const bool oldest = std::next(change) == changes_.rend();
        const Time from = oldest ? start : std::max(change->at, start);
        if (from >= until) continue;
        part(static_cast<double>((until - from).count()), change->ready);
        until = from;
    }
}

Replicas ReadyHistory::at(Time t) const {
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
        if (change->at <= t) return change->ready;
    }
    return changes_.empty() ? 0 : changes_.front().ready;
}

double ReadyHistory::mean(Time end, Duration window) const {
    if (window <= Duration::zero()) return at(end);
    double weighted = 0;  // replica-milliseconds
    walk(end, window, [&](double ms, Replicas ready) { weighted += ms * ready; });
    return weighted / static_cast<double>(window.count());
}

double ReadyHistory::harmonic_mean(Time end, Duration window) const {
    if (window <= Duration::zero()) return at(end);
    double served = 0;   // ms with any
    double inverse = 0;  // ms by replicas
    walk(end, window, [&](double ms, Replicas ready) {
        if (ready <= 0) return;
        served += ms;
        inverse += ms / ready;
    });
    return inverse > 0 ? served / inverse : 0;
}

void SignalRecord::take(const Sample& sample, Time received, const ReadyHistory& ready, double least) {
    if (sample.kind == SampleKind::no_data || sample.kind == SampleKind::failed) {
        trouble_ = sample.kind == SampleKind::failed ? Trouble::failed : Trouble::no_data;
        return;
    }
    if (const auto bad = trouble_of(sample, least); bad != Trouble::none) {
        trouble_ = bad;
        return;
    }
    if (sample.measured > received + kFutureTolerance) {
        trouble_ = Trouble::future;
        return;
    }
    const Time measured = std::min(sample.measured, received);
    trouble_ = Trouble::none;
    if (has_value_ && measured <= measured_) return;
    has_value_ = true;
    kind_ = sample.kind;
    measured_ = measured;
    window_ = sample.window;
    value_ = sample.value;
    mean_ready_ = ready.mean(measured, sample.window);
    harmonic_ready_ = ready.harmonic_mean(measured, sample.window);
    ++sequence_;
    pods_.clear();
    std::ranges::copy_if(sample.pods, std::back_inserter(pods_), [least](const PodReading& pod) { return trouble_of(pod.value, least) == Trouble::none; });
}

void TargetBoard::apply(const PodDelta& delta) {
    const auto known = std::ranges::find(pods, delta.pod.id, &Pod::id);
    if (delta.gone) {
        if (known != pods.end()) pods.erase(known);
    } else if (known != pods.end()) {
        *known = delta.pod;
    } else {
        pods.push_back(delta.pod);
    }
}

void bind(Fields& fields, ReadyHistory::Change& change) {
    fields.state("at", change.at);
    fields.state("ready", change.ready);
}

void bind(Fields& fields, ReadyHistory& history) { fields.state("changes", history.changes_); }

void bind(Fields& fields, SignalRecord& record) {
    fields.state("kind", record.kind_);
    fields.state("trouble", record.trouble_);
    fields.state("hasValue", record.has_value_);
    fields.state("value", record.value_);
    fields.state("measured", record.measured_);
    fields.state("window", record.window_);
    fields.state("meanReady", record.mean_ready_);
    fields.state("harmonicReady", record.harmonic_ready_);
    fields.state("sequence", record.sequence_);
    fields.state("pods", record.pods_);
}

}  // namespace setpoint
