// SPDX-License-Identifier: Apache-2.0
#include "policies/pid_steps.hpp"

#include <algorithm>

namespace setpoint {
namespace {

using namespace std::chrono_literals;

constexpr double kImproved = 0.1;  // of ln(signal): Flink's effectiveness threshold
constexpr double kMuchWorse = 0.2;
constexpr double kStep = 1.1;  // growth worth judging
constexpr int kFailuresAllowed = 2;
constexpr Duration kStoppedFor = 10min;
constexpr Duration kTakenBackWithin = 10min;
constexpr Duration kFirstWait = 10min;
constexpr Duration kLongestWait = 4h;

}  // namespace

void PidSteps::note(const Moment& moment) {
    if (moment.is > moment.was && moment.is > moment.replicas && !from_) {
        from_ = moment.replicas;
        level_before_ = moment.level;
    } else if (from_ && moment.settled && static_cast<double>(moment.replicas) >= kStep * static_cast<double>(*from_)) {
        failures_ = moment.level < level_before_ - kImproved ? 0 : failures_ + 1;
        from_.reset();
        if (failures_ >= kFailuresAllowed) {
            stopped_ = moment.now;
            stopped_level_ = moment.level;
        }
    }
    if (moment.level <= 0) {
        failures_ = 0;
        from_.reset();
        stopped_.reset();
        acted_level_.reset();
    }
    note_direction(moment);
}

void PidSteps::note_direction(const Moment& moment) {
    if (moment.is < moment.was && moment.is < moment.replicas) {
        last_down_ = moment.now;
    } else if (moment.is > moment.was && moment.is > moment.replicas && last_down_ &&
               moment.now - *last_down_ < std::max(kTakenBackWithin, wait_)) {
        wait_ = std::clamp(2 * wait_, kFirstWait, kLongestWait);
        no_fall_until_ = moment.now + wait_;
        last_down_.reset();
    } else if (last_down_ && moment.now - *last_down_ > std::max(kTakenBackWithin, wait_)) {
        wait_ = Duration{};  // it held
        last_down_.reset();
    }
}

bool PidSteps::ineffective(Time now, double level, bool busy) {
    if (!stopped_) return false;
    if (!busy && now - *stopped_ < kStoppedFor && level < stopped_level_ + kMuchWorse) return true;
    stopped_.reset();
    failures_ = kFailuresAllowed - 1;  // one more that does not help stops it again
    return false;
}

bool PidSteps::is_falling(double level) {
    const bool falling = acted_level_ && level < *acted_level_ - kImproved;
    acted_level_ = level;
    return falling;
}

void bind(Fields& fields, PidSteps& steps) {
    fields.state("from", steps.from_);
    fields.state("levelBefore", steps.level_before_);
    fields.state("failures", steps.failures_);
    fields.state("stopped", steps.stopped_);
    fields.state("stoppedLevel", steps.stopped_level_);
    fields.state("actedLevel", steps.acted_level_);
    fields.state("lastDown", steps.last_down_);
    fields.state("noFallUntil", steps.no_fall_until_);
    fields.state("wait", steps.wait_);
}

}  // namespace setpoint
