// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What a ScalingPolicy's status keeps of its target, so that who leads next goes on without a jump.
struct StatusCheckpoint {
    static constexpr std::size_t kMost = 4096;   // bytes, before base64
    static constexpr std::size_t kForState = 3840;

    std::string name_space;
    std::string name;
    Time time{};        // agent time of who wrote it, and civil time then
    WallTime wall{};
    std::string state;  // as Reducer::handover gives it, at most kForState
};

/// As text: base64 of version, checksum and rows.
[[nodiscard]] std::string encode(const StatusCheckpoint& checkpoint);

/// Every error means: begin without, and say so. no_data: there is none. bad_reply: it is damaged, too large, or none. refused: a
/// newer version wrote it, or it is another policy's.
[[nodiscard]] Result<StatusCheckpoint> read_status_checkpoint(std::string_view text, std::string_view name_space, std::string_view name);

}  // namespace setpoint
