// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>

#include "core/result.hpp"

namespace setpoint {

/// Where the agent keeps its journal and checkpoint unless told otherwise: $STATE_DIRECTORY (as systemd sets
/// it), /var/lib/setpoint for root, else $XDG_STATE_HOME/setpoint or ~/.local/state/setpoint. `bad_config`
/// where none of these is known. `getenv` answers nullptr where a name is not set.
[[nodiscard]] Result<std::filesystem::path> default_state_folder(const std::function<const char*(const char*)>& getenv,
                                                                 unsigned uid);

}  // namespace setpoint
