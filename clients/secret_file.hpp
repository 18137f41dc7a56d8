// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/result.hpp"

namespace setpoint {

/// The first line of a file that holds a secret, at most 16 KiB. `bad_config` where it cannot be read; its content is in no
/// message.
[[nodiscard]] Result<std::string> read_secret(const std::string& path);

}  // namespace setpoint
