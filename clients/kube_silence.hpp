// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"

namespace setpoint {

/// Whether an API server said nothing of what it was asked for: nobody answered, or what it had is listed anew. That is told elsewhere, and
/// whatever was known goes on.
[[nodiscard]] inline bool is_silence(const Error& error) {
    return error.code == Errc::unreachable || error.code == Errc::timed_out || error.code == Errc::gone;
}

}  // namespace setpoint
