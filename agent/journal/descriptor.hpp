// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include "core/result.hpp"

namespace setpoint {

/// An open file or folder, closed at the end. Errors are Errc::io and name the path.
class Descriptor {
public:
    Descriptor() = default;
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();

    /// `flags` as of open(2); close-on-exec is added. New files are readable by the owner and the group.
    [[nodiscard]] static Result<Descriptor> open(const std::filesystem::path& path, int flags);

    /// Another descriptor of what `fd` is open on; `name` is for the error.
    [[nodiscard]] static Result<Descriptor> duplicate(int fd, const std::filesystem::path& name);

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

    /// All of it, or the reason why not; how much was written then is not said.
    [[nodiscard]] Result<> write(std::string_view bytes, const std::filesystem::path& path) const;
    [[nodiscard]] Result<> sync(const std::filesystem::path& path) const;

private:
    int fd_ = -1;
};

/// The last failed system call on `path`, in words.
[[nodiscard]] tl::unexpected<Error> io_failure(std::string_view what, const std::filesystem::path& path);

/// Makes the names in a folder durable.
[[nodiscard]] Result<> sync_folder(const std::filesystem::path& folder);

}  // namespace setpoint
