// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

/// What usage is a share of, where it is to be a utilization.
enum class Basis : std::uint8_t {
    request,
    limit,
    none,  // it stays in cores or bytes
};

/// One container of a pod.
struct PodContainer {
    std::string name;
    Resources requests;
    Resources limits;
    friend bool operator==(const PodContainer&, const PodContainer&) = default;
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
    bool crash_looping = false;        // a container failed and waits to be started again
    std::uint16_t containers = 1;
    Resources requests;
    Resources limits;
    std::vector<PodContainer> named;   // those that signals read by name

    /// Serves: running, ready, not on its way out.
    [[nodiscard]] bool serving() const {
        return phase == PodPhase::running && ready.value_or(false) && !deleting;
    }
    friend bool operator==(const Pod&, const Pod&) = default;
};

void bind(Fields& fields, Resources& resources);
void bind(Fields& fields, PodContainer& container);
void bind(Fields& fields, Pod& pod);

}  // namespace setpoint
