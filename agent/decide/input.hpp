// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/events.hpp"
#include "core/result.hpp"
#include "core/samples.hpp"
#include "core/time.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// One line of `setpoint decide`, read: what somebody saw of the target at one time.
struct DecideInput {
    struct Applied {
        Replicas replicas = 0;
        bool ok = true;
    };
    Time time{};
    WallTime wall{};     // `time` where the line has none
    TargetState target;  // `ready` as far as the line says it
    bool ready_given = false;
    std::optional<Applied> applied;  // what became of the last output
    std::vector<Sample> samples;
    std::optional<std::vector<Pod>> pods;  // all pods there are; absent: the line says nothing of pods
    std::optional<OverrideSet> override_set;
    std::vector<std::string> warnings;  // what is legal and hardly meant; each begins with the key
};

/// The most bytes of a line.
inline constexpr std::size_t kMostLine = std::size_t{16} << 20;

/// Reads one JSON object as docs/decide.md describes it. Keys that nobody asks for, keys given twice and
/// signals that `spec` does not have are errors; the message names the key, what was seen, what is allowed.
[[nodiscard]] Result<DecideInput> parse_decide_line(std::string_view line, const ScalingSpec& spec);

}  // namespace setpoint
