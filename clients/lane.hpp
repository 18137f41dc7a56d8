// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "clients/circuit_breaker.hpp"
#include "clients/io_thread.hpp"
#include "clients/retry_after.hpp"
#include "core/http.hpp"

namespace setpoint {

/// One request on its way; dropping it abandons the request and closes its connection.
class Exchange {
public:
    virtual ~Exchange() = default;
};

/// How requests reach one server. Only on the I/O thread.
class Transport {
public:
    virtual ~Transport() = default;
    /// Starts a request. `done` is called at most once, on the I/O thread, never from within `start`, and
    /// never after the returned exchange was dropped. Deadlines are the lane's business.
    [[nodiscard]] virtual std::unique_ptr<Exchange> start(const HttpRequest& request, HttpClient::Done done) = 0;
    /// What messages call the server.
    [[nodiscard]] virtual const std::string& name() const = 0;
};

struct LaneSettings {
    std::size_t in_flight = 2;
    std::size_t queue = 256;            // requests waiting; one more is refused at once
    CircuitBreaker::Settings breaker = {};  // opens on unreachable and timed_out
    std::shared_ptr<RetryAfter> pause = {};  // of the server, where several lanes go to it; by default the lane's own
    Duration patience{0};               // the longest pause that requests wait for
};

/// A way to one server: at most so many requests at a time, the others wait their turn. A request's one
/// deadline runs from `send`, waiting included, and really ends it. What is on its way when the lane is
/// destroyed ends as `unreachable`. Several lanes to one server do not wait for each other. Nothing is sent to a server
/// that asked for a pause until that is over: such requests end at once, as `unreachable`. Where the lane has patience and they
/// have the time, they wait for its end, and what the server put off (a 429 or a 503 with `Retry-After`: it did nothing) is sent again.
class Lane final : public HttpClient {
public:
    Lane(IoThread& io, std::unique_ptr<Transport> transport, LaneSettings settings = {});
    ~Lane() override;
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// From any thread.
    void send(HttpRequest request, Done done) override;

private:
    class State;
    IoThread& io_;
    std::shared_ptr<State> state_;
};

}  // namespace setpoint
