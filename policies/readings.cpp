// SPDX-License-Identifier: Apache-2.0
#include "policies/readings.hpp"

#include <algorithm>

namespace setpoint {
namespace {

Code code_of(SignalRecord::Trouble trouble) {
    using enum SignalRecord::Trouble;
    switch (trouble) {
        case failed: return Code::source_failed;
        case not_finite: return Code::not_a_number;
        case future: return Code::from_the_future;
        case too_low: return Code::negative;
        case none: return Code::stale;
        case never_seen:
        case no_data: return Code::no_data;
    }
    return Code::no_data;
}

/// HPA acts on whatever its metrics API still returns; without a maxAge that is bounded here all the same.
constexpr Duration kOldestForHpa = std::chrono::minutes{5};

Duration oldest_allowed(const SignalSpec& signal, Compat compat) {
    const Duration own = signal.oldest_allowed();
    return compat == Compat::hpa && !signal.max_age ? std::max(own, kOldestForHpa) : own;
}

/// The source answers and has nothing, or NaN, or no longer a new sample: without traffic that is what a
/// latency says. A source that fails says nothing of the traffic.
bool says_nothing(SignalRecord::Trouble trouble, const Reading& reading) {
    using enum SignalRecord::Trouble;
    if (trouble == none) return reading.state == SignalState::stale;
    return trouble == no_data || trouble == not_finite || trouble == never_seen;
}

double shown_value(const Reading& reading) {
    if (reading.kind != SampleKind::pods || reading.pods.empty()) return reading.value;
    double sum = 0;
    for (const auto& pod : reading.pods) sum += pod.value;
    return sum / static_cast<double>(reading.pods.size());
}

}  // namespace

Readings::Readings(const ScalingSpec& spec) : exact_(spec.compat == Compat::hpa) {
    for (const auto& signal : spec.signals) {
        rules_.push_back({oldest_allowed(signal, spec.compat), spec.find_signal(signal.idle_when)});
    }
    readings_.resize(spec.signals.size());
}

void Readings::read(Time now, const TargetBoard& board) {
    std::size_t pods = 0;
    for (const auto& record : board.signals) pods += record.pods().size();
    fresh_pods_.clear();
    fresh_pods_.reserve(pods);  // the spans into it must stay where they are
    for (std::size_t i = 0; i < readings_.size(); ++i) {
        readings_[i] = reading_of(board.signals[i], rules_[i].max_age, now);
    }
    find_idle(board);
}

Reading Readings::reading_of(const SignalRecord& record, Duration max_age, Time now) {
    Reading reading;
    reading.max_age = max_age;
    reading.trouble = code_of(record.trouble());
    if (!record.has_value()) return reading;
    reading.kind = record.kind();
    reading.value = record.value();
    reading.measured = record.measured();
    reading.age = now - record.measured();
    reading.window = record.window();
    reading.mean_ready = record.mean_ready();
    reading.harmonic_ready = record.harmonic_ready();
    reading.sequence = record.sequence();
    reading.state = reading.age > reading.max_age ? SignalState::stale : SignalState::fresh;
    // HPA asks anew each time and goes by nothing else: no answer is no metric.
    const bool unanswered = record.trouble() != SignalRecord::Trouble::none;
    if (exact_ && unanswered) reading.state = SignalState::missing;
    const auto first = fresh_pods_.size();
    for (const auto& pod : record.pods()) {
        if (now - pod.measured <= reading.max_age) fresh_pods_.push_back(pod);
    }
    reading.pods = std::span{fresh_pods_}.subspan(first);
    if (reading.usable()) reading.trouble = Code::none;
    return reading;
}

void Readings::find_idle(const TargetBoard& board) {
    for (std::size_t i = 0; i < readings_.size(); ++i) {
        auto& reading = readings_[i];
        if (!rules_[i].idle_when || !says_nothing(board.signals[i].trouble(), reading)) continue;
        const auto& companion = readings_[index(*rules_[i].idle_when)];
        if (!companion.usable() || companion.value != 0) continue;
        reading.state = SignalState::idle;
        reading.trouble = Code::idle;
    }
}

void Readings::record(std::vector<Seen>& seen) const {
    seen.clear();
    for (std::size_t i = 0; i < readings_.size(); ++i) {
        const auto& reading = readings_[i];
        seen.push_back({SignalId{static_cast<std::uint16_t>(i)}, reading.state, shown_value(reading), reading.age, reading.mean_ready});
    }
}

}  // namespace setpoint
