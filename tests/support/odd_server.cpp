// SPDX-License-Identifier: Apache-2.0
#include "tests/support/odd_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace setpoint::test {
namespace {

int listen_on_path(std::string& path) {
    char folder[] = "/tmp/setpoint-test-XXXXXX";
    if (mkdtemp(folder) == nullptr) throw std::runtime_error("mkdtemp");
    path = std::string{folder} + "/socket";
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("bind");
    return listener;
}

int listen_on_loopback(std::uint16_t& port) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("bind");
    socklen_t size = sizeof address;
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    return listener;
}

/// Until the blank line, and as much of a body as Content-Length says.
std::string read_request(int connection) {
    std::string text;
    char buffer[4096];
    while (text.find("\r\n\r\n") == std::string::npos) {
        const auto count = recv(connection, buffer, sizeof buffer, 0);
        if (count <= 0) return text;
        text.append(buffer, static_cast<std::size_t>(count));
    }
    const auto length = text.find("Content-Length:");
    if (length == std::string::npos) return text;
    const auto whole = text.find("\r\n\r\n") + 4 + std::strtoul(text.c_str() + length + 15, nullptr, 10);
    while (text.size() < whole) {
        const auto count = recv(connection, buffer, sizeof buffer, 0);
        if (count <= 0) return text;
        text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
}

}  // namespace

OddServer::OddServer(On where, Behaviour behaviour) : behaviour_(std::move(behaviour)) {
    listener_ = where == On::unix_socket ? listen_on_path(path_) : listen_on_loopback(port_);
    if (listen(listener_, 16) != 0 || pipe(ending_) != 0) throw std::runtime_error("listen");
    thread_ = std::thread{[this] { accept_all(); }};
}

OddServer::~OddServer() {
    close(ending_[1]);
    thread_.join();
    for (auto& connection : connections_) connection.join();
    close(listener_);
    close(ending_[0]);
    if (path_.empty()) return;
    unlink(path_.c_str());
    rmdir(path_.substr(0, path_.rfind('/')).c_str());
}

std::string OddServer::last_request() {
    const std::lock_guard guard{lock_};
    return last_request_;
}

void OddServer::accept_all() {
    for (;;) {
        pollfd waits[] = {{listener_, POLLIN, 0}, {ending_[0], 0, 0}};
        poll(waits, 2, -1);
        if (waits[1].revents != 0) return;
        const int connection = accept(listener_, nullptr, nullptr);
        if (connection >= 0) connections_.emplace_back([this, connection] { serve(connection); });
    }
}

void OddServer::serve(int connection) {
    timeval limit{5, 0};  // nothing here outlives a client that never speaks
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    auto request = read_request(connection);
    {
        const std::lock_guard guard{lock_};
        last_request_ = std::move(request);
    }
    ++requests_;
    behaviour_(*this, connection);
    close(connection);
}

bool OddServer::say(int connection, const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
        const auto count = send(connection, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) return false;
        sent += static_cast<std::size_t>(count);
    }
    return true;
}

bool OddServer::stay(int connection, int at_most_ms) const {
    pollfd waits[] = {{connection, POLLRDHUP, 0}, {ending_[0], 0, 0}};
    return poll(waits, 2, at_most_ms) == 0;
}

void answers(OddServer&, int connection) { OddServer::say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"); }

void answers_in_chunks(OddServer&, int connection) {
    OddServer::say(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n4\r\n two\r\n0\r\n\r\n");
}

void streams(OddServer& server, int connection) {
    OddServer::say(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    server.stay(connection, 50);
    OddServer::say(connection, "4\r\n two\r\n");
    server.stay(connection, 10'000);
}

void answers_500(OddServer&, int connection) {
    OddServer::say(connection, "HTTP/1.1 500 No\r\nContent-Length: 21\r\n\r\n{\"message\":\"no room\"}");
}

void asks_for_a_pause(OddServer&, int connection) {
    OddServer::say(connection, "HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 4\r\n\r\nbusy");
}

void hangs(OddServer& server, int connection) { server.stay(connection, 10'000); }

void drips_header(OddServer& server, int connection) {
    OddServer::say(connection, "HTTP/1.1 200 OK\r\nX-Drip: ");
    while (server.stay(connection, 10) && OddServer::say(connection, "x")) {
    }
}

void drips_body(OddServer& server, int connection) {
    OddServer::say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n");
    while (server.stay(connection, 10) && OddServer::say(connection, "x")) {
    }
}

void closes_at_once(OddServer&, int) {}

void closes_in_body(OddServer&, int connection) {
    OddServer::say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnot a hundred");
}

void talks_garbage(OddServer&, int connection) { OddServer::say(connection, "\x01\x02 this is no HTTP\r\n\r\n\r\n"); }

void endless_header(OddServer& server, int connection) {
    OddServer::say(connection, "HTTP/1.1 200 OK\r\n");
    const std::string line = "X-More: " + std::string(1000, 'y') + "\r\n";
    while (server.stay(connection, 0) && OddServer::say(connection, line)) {
    }
}

void huge_body(OddServer& server, int connection) {
    OddServer::say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    const std::string piece(100'000, 'z');
    while (server.stay(connection, 0) && OddServer::say(connection, piece)) {
    }
}

void endless_chunks(OddServer& server, int connection) {
    OddServer::say(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string piece = "10000\r\n" + std::string(0x10000, 'z') + "\r\n";
    while (server.stay(connection, 0) && OddServer::say(connection, piece)) {
    }
}

}  // namespace setpoint::test
