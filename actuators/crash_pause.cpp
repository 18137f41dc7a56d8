// SPDX-License-Identifier: Apache-2.0
#include "actuators/crash_pause.hpp"

#include <algorithm>
#include <utility>

namespace setpoint {

Replicas CrashPause::allowed(Time now, Replicas missing) {
    if (failures_ == 0) return missing;
    if (now < until_) return 0;
    if (!std::exchange(trying_, false)) return std::min(missing, 1);
    failures_ = 0;  // it has stayed
    return missing;
}

void CrashPause::started(Time now) {
    last_start_ = now;
    trying_ = failures_ > 0;
    if (trying_) until_ = now + kProof;
}

void CrashPause::ended(Time now, std::string how) {
    if (last_start_ == Time::min() || now - last_start_ > kSoon) return;
    how_ = std::move(how);
    if (failures_ > 0 && !trying_) return;  // of those that were started together
    trying_ = false;
    const auto doubled = kFirstPause * (std::int64_t{1} << std::min(failures_++, 20));
    until_ = now + std::min<Duration>(doubled, kLongestPause);
}

std::string CrashPause::why() const {
    return "what is started ends soon afterwards (" + how_ + "); one is tried at a time, after a pause, until one stays";
}

}  // namespace setpoint
