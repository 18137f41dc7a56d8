// SPDX-License-Identifier: Apache-2.0
#include "agent/live/engine_lock.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "core/ids.hpp"

namespace setpoint {
namespace {

std::string holder(const Descriptor& file) {
    std::array<char, 16> text{};
    const auto size = ::pread(file.get(), text.data(), text.size() - 1, 0);
    if (size <= 0) return "another process";
    std::string number{text.data(), static_cast<std::size_t>(size)};
    number.erase(number.find_last_not_of('\n') + 1);
    return "the process " + number;
}

}  // namespace

Result<EngineLock> EngineLock::take(std::string_view engine_id, const std::vector<std::filesystem::path>& folders) {
    // An ID is text from outside: only its hash gets into a file name.
    const std::string name = fmt::format("setpoint-engine-{:016x}.lock", hash_of(engine_id));
    Error last{Errc::io, "no folder to keep the lock of the Engine in"};
    for (const auto& folder : folders) {
        const auto path = folder / name;
        auto file = Descriptor::open(path, O_RDWR | O_CREAT);
        // Somebody else's lock file may still be locked, if not written.
        if (!file) file = Descriptor::open(path, O_RDONLY);
        if (!file) {
            last = file.error();
            continue;
        }
        if (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) return io_failure("lock", path);
            return fail(Errc::conflict, fmt::format("{} already scales this Engine ({}); one Engine has one setpoint",
                                                    holder(*file), path.string()));
        }
        // The number is for the message alone: failing to leave it changes nothing.
        if (::ftruncate(file->get(), 0) == 0) (void)file->write(std::to_string(::getpid()) + "\n", path);
        return EngineLock{std::move(*file)};
    }
    return tl::unexpected<Error>(std::move(last));
}

}  // namespace setpoint
