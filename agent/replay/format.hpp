// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.hpp"

namespace setpoint {

enum class RecordingFormat : std::uint8_t { csv, json_lines };

/// Tells by its beginning what a file is, whatever its name. A recording that is empty, binary or of a
/// format that is not read is an error that says what it seems to be.
[[nodiscard]] Result<RecordingFormat> recognise(std::string_view beginning);

}  // namespace setpoint
