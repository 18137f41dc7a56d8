// SPDX-License-Identifier: Apache-2.0
#include "collectors/pod_readings.hpp"

#include <algorithm>
#include <utility>

#include "collectors/kube_target_pods.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kMostExamples = 3;

std::string old(Duration age) { return format_duration(std::chrono::floor<std::chrono::seconds>(age)) + " old"; }

}  // namespace

void PodReadings::complain(const std::string& name, const std::string& why) {
    if (++missing_ > kMostExamples) return;
    if (!examples_.empty()) examples_ += "; ";
    examples_ += name + ": " + why;
}

void PodReadings::add(PodId id, const std::string& name, const KubePod& pod, const Result<PodAmount>& amount) {
    ++pods_;
    if (amount) read_.push_back({id, name, *amount});
    else if (should_be_measured(pod, now_)) complain(name, amount.error().message);
}

void PodReadings::finish(Sample& sample, const Clock& clock) {
    sample.kind = SampleKind::no_data;
    sample.measured = clock.now();
    if (read_.empty()) return;
    const auto newest = std::ranges::max_element(read_, {}, [](const One& one) { return one.amount.measured; })->amount;
    newest_ = newest.measured;
    sample.kind = SampleKind::pods;
    sample.measured = clock.translate(newest.measured);
    sample.window = newest.window;
    for (const auto& one : read_) {
        if (newest.measured - one.amount.measured > kMostApart) {
            complain(one.name, "its metrics are " + old(now_ - one.amount.measured) + ", those of others are not");
            continue;
        }
        sample.pods.push_back({one.id, one.amount.value, clock.translate(one.amount.measured), one.amount.window});
    }
}

std::optional<Trouble> PodReadings::trouble(const std::string& from) const {
    if (newest_ && now_ - *newest_ > kStale) return Trouble{"stale", {Errc::no_data, from + ": the newest metrics are " + old(now_ - *newest_)}};
    if (missing_ == 0) return std::nullopt;
    const auto count = std::to_string(missing_) + " of " + std::to_string(pods_) + " pods";
    const auto why = examples_ + (missing_ > kMostExamples ? "; ..." : "");
    return Trouble{newest_ ? "some" : "none", {Errc::no_data, from + ": no metrics of " + count + ": " + why}};
}

}  // namespace setpoint
