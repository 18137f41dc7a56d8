// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>

namespace setpoint {

/// With a space for each control character: what others wrote must not steer a terminal or break a line of a log.
[[nodiscard]] inline std::string printable(std::string text) {
    std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20U || c == 0x7FU; }, ' ');
    return text;
}

}  // namespace setpoint
