// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace setpoint {

/// RFC 4648, section 4: with padding, without line breaks.
[[nodiscard]] std::string base64(std::string_view bytes);
/// Line breaks and spaces between are passed over. `bad_config` for what is no such text; it may be a secret, and is in no message.
[[nodiscard]] Result<std::string> from_base64(std::string_view text);

}  // namespace setpoint
