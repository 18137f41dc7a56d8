// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace setpoint::test {

/// A server that behaves as badly as it is told, on a Unix socket of its own or on a loopback port. Each
/// connection has a thread; all end when the server does.
class OddServer {
public:
    /// What to do with a connection whose request was read.
    using Behaviour = std::function<void(OddServer&, int connection)>;

    enum class On { unix_socket, loopback };
    OddServer(On where, Behaviour behaviour);
    ~OddServer();
    OddServer(const OddServer&) = delete;
    OddServer& operator=(const OddServer&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] int requests() const { return requests_; }
    [[nodiscard]] std::string last_request();

    /// Writes all of `text`; false when the other side is gone.
    static bool say(int connection, const std::string& text);
    /// Until the other side hangs up, the server ends, or `at_most_ms` have passed. True when it may go on.
    bool stay(int connection, int at_most_ms) const;

private:
    void accept_all();
    void serve(int connection);

    Behaviour behaviour_;
    std::string path_;
    std::uint16_t port_ = 0;
    int listener_ = -1;
    int ending_[2] = {-1, -1};  // a pipe that closes at the end
    std::atomic<int> requests_ = 0;
    std::mutex lock_;
    std::string last_request_;
    std::vector<std::thread> connections_;
    std::thread thread_;
};

// Behaviours.
void answers(OddServer& server, int connection);       // 200, body "fine"
void answers_in_chunks(OddServer& server, int connection);  // 200, body "one two"
void streams(OddServer& server, int connection);       // 200, "one", a moment later " two", and goes on for ever
void answers_500(OddServer& server, int connection);   // {"message":"no room"}
void asks_for_a_pause(OddServer& server, int connection);  // 503, Retry-After: 30
void hangs(OddServer& server, int connection);
void drips_header(OddServer& server, int connection);
void drips_body(OddServer& server, int connection);
void closes_at_once(OddServer& server, int connection);
void closes_in_body(OddServer& server, int connection);
void talks_garbage(OddServer& server, int connection);
void endless_header(OddServer& server, int connection);
void huge_body(OddServer& server, int connection);     // says how long it is
void endless_chunks(OddServer& server, int connection);

}  // namespace setpoint::test
