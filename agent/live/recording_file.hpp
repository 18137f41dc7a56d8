// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "agent/journal/descriptor.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A file of lines that somebody may read while it grows: it has whole lines only, each at once.
class RecordingFile {
public:
    enum class Existing : std::uint8_t { refuse, replace };

    /// `-` is the standard output. Errors: `conflict` where there is such a file already, `io`.
    [[nodiscard]] static Result<RecordingFile> create(const std::string& path, Existing existing);

    /// The line with its end. After an error the file ends with the line before.
    [[nodiscard]] Result<> append(std::string_view line);
    /// Everything on the disk.
    [[nodiscard]] Result<> finish() const;

private:
    Descriptor file_;
    std::filesystem::path path_;
    bool regular_ = false;
    std::uint64_t size_ = 0;
};

}  // namespace setpoint
