// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/temp_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace setpoint {
namespace {

std::string reason_of(int number) { return std::generic_category().message(number); }

}  // namespace

Result<TempFile> TempFile::create() {
    std::error_code none;
    auto folder = std::filesystem::temp_directory_path(none);
    if (none) return fail(Errc::io, "no folder for temporary files: " + none.message());
    std::string name = (folder / "setpoint-XXXXXX").string();
    const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor < 0) {
        return fail(Errc::io, fmt::format("temporary file in {}: {}", folder.string(), reason_of(errno)));
    }
    ::unlink(name.c_str());
    return TempFile{descriptor};
}

TempFile::TempFile(TempFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_(std::exchange(other.size_, 0)) {}

TempFile& TempFile::operator=(TempFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(size_, other.size_);
    return *this;
}

TempFile::~TempFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<> TempFile::append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            return fail(Errc::io, fmt::format("temporary file, after {} bytes: {} (TMPDIR names another folder)", size_,
                                              reason_of(errno)));
        }
        size_ += static_cast<std::uint64_t>(written);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Result<> TempFile::read(std::uint64_t at, std::span<std::byte> room) const {
    while (!room.empty()) {
        const auto got = ::pread(descriptor_, room.data(), room.size(), static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(Errc::io, "temporary file: " + reason_of(errno));
        if (got == 0) return fail(Errc::io, fmt::format("temporary file: ends at {} of {} bytes", at, size_));
        at += static_cast<std::uint64_t>(got);
        room = room.subspan(static_cast<std::size_t>(got));
    }
    return {};
}

}  // namespace setpoint
