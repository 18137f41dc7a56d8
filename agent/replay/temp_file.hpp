// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.hpp"

namespace setpoint {

/// A file without a name, in the folder that TMPDIR names: gone with the process, however that ends.
class TempFile {
public:
    [[nodiscard]] static Result<TempFile> create();
    TempFile(TempFile&& other) noexcept;
    TempFile& operator=(TempFile&& other) noexcept;
    ~TempFile();

    [[nodiscard]] Result<> append(std::span<const std::byte> bytes);
    /// Fills all of `room` from the offset `at`; an error where the file is shorter.
    [[nodiscard]] Result<> read(std::uint64_t at, std::span<std::byte> room) const;
    [[nodiscard]] std::uint64_t size() const { return size_; }

private:
    explicit TempFile(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
    std::uint64_t size_ = 0;
};

}  // namespace setpoint
