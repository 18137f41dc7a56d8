// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace setpoint {

tl::unexpected<Error> io_failure(std::string_view what, const std::filesystem::path& path) {
    return fail(Errc::io, fmt::format("{}: cannot {}: {}", path.string(), what, std::generic_category().message(errno)));
}

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

Result<Descriptor> Descriptor::open(const std::filesystem::path& path, int flags) {
    Descriptor opened;
    opened.fd_ = ::open(path.c_str(), flags | O_CLOEXEC, 0640);
    if (opened.fd_ < 0) return io_failure("open", path);
    return opened;
}

Result<Descriptor> Descriptor::duplicate(int fd, const std::filesystem::path& name) {
    Descriptor copy;
    copy.fd_ = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy.fd_ < 0) return io_failure("open", name);
    return copy;
}

Result<> Descriptor::write(std::string_view bytes, const std::filesystem::path& path) const {
    while (!bytes.empty()) {
        const auto written = ::write(fd_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return io_failure("write", path);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<> Descriptor::sync(const std::filesystem::path& path) const {
    if (::fsync(fd_) != 0) return io_failure("sync", path);
    return {};
}

Result<> sync_folder(const std::filesystem::path& folder) {
    return Descriptor::open(folder, O_RDONLY | O_DIRECTORY).and_then([&](const Descriptor& opened) {
        return opened.sync(folder);
    });
}

}  // namespace setpoint
