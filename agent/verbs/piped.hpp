// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace setpoint {

/// The files with `-` as what it is at a shell: the standard input.
inline std::vector<std::string> piped(std::vector<std::string> files) {
    std::ranges::replace(files, std::string{"-"}, std::string{"/dev/stdin"});
    return files;
}

}  // namespace setpoint
