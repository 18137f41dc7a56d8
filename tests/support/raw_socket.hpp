// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace setpoint::test {

/// A TCP connection to a port of this machine that says exactly what it is told.
class RawSocket {
public:
    explicit RawSocket(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~RawSocket() { ::close(socket_); }
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;

    [[nodiscard]] bool connected() const { return connected_; }

    /// False when the other side is gone.
    bool say(std::string_view text) {
        while (!text.empty()) {
            const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    void half_close() { ::shutdown(socket_, SHUT_WR); }

    /// What comes until `end` was seen, the other side closes, or the time is up.
    std::string hear(std::string_view end, std::chrono::milliseconds within) {
        const auto until = std::chrono::steady_clock::now() + within;
        std::string heard;
        while (end.empty() || heard.find(end) == std::string::npos) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
            pollfd waiting{socket_, POLLIN, 0};
            if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) break;
            char room[4096];
            const auto size = ::recv(socket_, room, sizeof room, 0);
            closed_ = size <= 0;
            if (closed_) break;
            heard.append(room, static_cast<std::size_t>(size));
        }
        return heard;
    }

    /// Everything until the other side closes.
    std::string hear_all(std::chrono::milliseconds within) { return hear({}, within); }
    [[nodiscard]] bool closed() const { return closed_; }

private:
    int socket_;
    bool connected_ = false;
    bool closed_ = false;
};

}  // namespace setpoint::test
