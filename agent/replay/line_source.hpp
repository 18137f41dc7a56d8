// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace setpoint {

/// The lines of a file or a pipe, without their ends (LF or CRLF) and without a byte-order mark.
class LineSource {
public:
    static constexpr std::size_t kLongestLine = 1 << 20;

    [[nodiscard]] static Result<LineSource> open(const std::string& path);
    LineSource(LineSource&& other) noexcept;
    LineSource& operator=(LineSource&& other) = delete;
    ~LineSource();

    /// The beginning of the file (at most one buffer), before the first `next`.
    [[nodiscard]] Result<std::string_view> peek();

    /// The next line, valid until the next call; nothing at the end. A line above 1 MiB is an error.
    [[nodiscard]] Result<std::optional<std::string_view>> next();

    [[nodiscard]] std::uint64_t line() const { return line_; }  // of the last `next`, from 1
    [[nodiscard]] bool ended() const { return ended_line_; }    // that line had a line end
    /// How much of the file was read, 0 to 1; 0 where its size is not known (a pipe).
    [[nodiscard]] double share_read() const;

private:
    explicit LineSource(int descriptor);
    Result<> fill();

    int descriptor_;
    std::uint64_t file_size_ = 0;
    std::uint64_t bytes_read_ = 0;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool at_end_ = false;
    bool started_ = false;
    bool ended_line_ = true;
    std::uint64_t line_ = 0;
};

}  // namespace setpoint
