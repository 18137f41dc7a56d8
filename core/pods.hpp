// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/fields.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace setpoint {

enum class PodPhase : std::uint8_t { pending, running, succeeded, failed, unknown };

/// CPU in cores, memory in bytes; absent where not stated.
struct Resources {
    std::optional<double> cpu;
    std::optional<double> memory;
    friend bool operator==(const Resources&, const Resources&) = default;
};

/// One replica of a target, on Docker too, as far as control needs to know it.
struct Pod {
    PodId id{};
    std::string name;                  // for reasons; at most 63 characters are kept
    PodPhase phase = PodPhase::running;
    std::optional<bool> ready;         // absent: no readiness is known (Kubernetes: no Ready condition)
    std::optional<Time> ready_changed; // when readiness last changed
    std::optional<Time> started_at;    // absent: not started yet
    bool deleting = false;
    bool unschedulable = false;
    std::uint16_t containers = 1;
    Resources requests;
    Resources limits;

    /// Serves: running, ready, not on its way out.
    [[nodiscard]] bool serving() const {
        return phase == PodPhase::running && ready.value_or(false) && !deleting;
    }
    friend bool operator==(const Pod&, const Pod&) = default;
};

void bind(Fields& fields, Resources& resources);
void bind(Fields& fields, Pod& pod);

}  // namespace setpoint
