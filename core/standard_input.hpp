// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace setpoint {

/// `-` in place of a file is the standard input, as at a shell.
[[nodiscard]] inline bool is_standard_input(std::string_view file) { return file == "-"; }
[[nodiscard]] inline std::string path_of(const std::string& file) { return is_standard_input(file) ? "/dev/stdin" : file; }

/// What messages call it.
inline constexpr std::string_view kStandardInput = "(stdin)";
[[nodiscard]] inline std::string name_of_file(const std::string& file) { return is_standard_input(file) ? std::string{kStandardInput} : file; }

}  // namespace setpoint
