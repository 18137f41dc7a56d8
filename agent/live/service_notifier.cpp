// SPDX-License-Identifier: Apache-2.0
#include "agent/live/service_notifier.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstring>

namespace setpoint {
namespace {

std::optional<long long> number(const char* text) {
    if (text == nullptr) return std::nullopt;
    long long value = 0;
    const char* end = text + std::strlen(text);
    const auto read = std::from_chars(text, end, value);
    if (read.ec != std::errc{} || read.ptr != end || value <= 0) return std::nullopt;
    return value;
}

}  // namespace

ServiceNotifier::ServiceNotifier(const std::function<const char*(const char*)>& getenv) {
    const char* path = getenv("NOTIFY_SOCKET");
    // A path, or @ for the abstract name space.
    if (path == nullptr || (path[0] != '/' && path[0] != '@') || std::strlen(path) >= sizeof(sockaddr_un::sun_path)) return;
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ < 0) return;
    path_ = path;
    const auto whom = number(getenv("WATCHDOG_PID"));
    const auto every = number(getenv("WATCHDOG_USEC"));
    if (every && (!whom || *whom == ::getpid())) watchdog_ = Duration{*every / 2000};
}

ServiceNotifier::~ServiceNotifier() {
    if (socket_ >= 0) ::close(socket_);
}

void ServiceNotifier::tell(std::string_view message) const {
    if (path_.empty()) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    if (path_[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
    (void)::sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace setpoint
