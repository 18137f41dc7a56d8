// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "agent/journal/descriptor.hpp"
#include "core/result.hpp"

namespace setpoint {

/// One agent per Engine: held as long as this lives, and let go by the kernel when the process dies.
class EngineLock {
public:
    /// Takes the lock of the Engine with this ID in the first of `folders` that can be written.
    /// `conflict`: another process holds it; `io`: no folder can be written.
    [[nodiscard]] static Result<EngineLock> take(std::string_view engine_id, const std::vector<std::filesystem::path>& folders);

private:
    explicit EngineLock(Descriptor file) : file_(std::move(file)) {}
    Descriptor file_;
};

}  // namespace setpoint
