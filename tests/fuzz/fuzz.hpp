// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

namespace setpoint::fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// The input as a file, for readers that take a path. Gone with the object.
class InputFile {
public:
    explicit InputFile(std::string_view bytes)
        : path_(std::filesystem::temp_directory_path() / ("setpoint-fuzz." + std::to_string(::getpid()))) {
        std::ofstream{path_, std::ios::binary} << bytes;
    }
    ~InputFile() { std::filesystem::remove(path_); }
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace setpoint::fuzz
