// SPDX-License-Identifier: Apache-2.0
#include "agent/live/orchestrator.hpp"

#include <utility>

namespace setpoint {

SignalTold signal_told(spdlog::logger& log, const LivePolicy& policy) {
    return [&log, name = policy.spec.full_name(), signals = policy.spec.signals](SignalId signal, const std::optional<Error>& error) {
        const auto& what = signals[index(signal)].name;
        if (error) log.warn("{}: the signal {} cannot be read: {}", name, what, error->message);
        else log.info("{}: the signal {} is read again", name, what);
    };
}

ObstacleTold obstacle_told(spdlog::logger& log, const LivePolicy& policy, ObstacleTold also) {
    const bool writes = policy.spec.mode == Mode::live;
    return [&log, name = policy.spec.full_name(), writes, also = std::move(also), before = std::optional<Obstacle>{}](const std::optional<Obstacle>& now) mutable {
        const bool conflicts = now && (writes || now->kind != Obstacle::Kind::scaled_by_another);
        if (now) log.log(conflicts ? spdlog::level::warn : spdlog::level::info, "{}: {}", name, conflicts ? now->with_cure() : now->text);
        else if (before) log.info("{}: no longer: {}", name, before->text);
        before = now;
        if (also) also(now);
    };
}

}  // namespace setpoint
