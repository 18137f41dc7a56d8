// SPDX-License-Identifier: Apache-2.0
#include "agent/live/orchestrator.hpp"

namespace setpoint {

SignalTold signal_told(spdlog::logger& log, const LivePolicy& policy) {
    return [&log, name = policy.spec.name, signals = policy.spec.signals](SignalId signal, const std::optional<Error>& error) {
        const auto& what = signals[index(signal)].name;
        if (error) log.warn("{}: the signal {} cannot be read: {}", name, what, error->message);
        else log.info("{}: the signal {} is read again", name, what);
    };
}

}  // namespace setpoint
