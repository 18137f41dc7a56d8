// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "clients/io_thread.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

struct HttpServerRequest {
    std::string method;         // GET, HEAD or POST
    std::string target;         // path and query, as sent
    std::string host;           // of the Host header, port and all
    std::string origin;
    std::string content_type;
    std::string authorization;
    std::string body;
};

struct HttpServerResponse {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers = {};
};

struct HttpServerSettings {
    std::string address = "127.0.0.1";  // an IP address
    std::uint16_t port = 0;             // 0: any free one
    std::string certificate;            // PEM files; both empty: no TLS
    std::string key;
    std::size_t connections = 32;       // for one more the longest idle one is closed; where all are busy it is told 503
    std::size_t max_header = 8U << 10U;
    std::size_t max_body = 64U << 10U;
    Duration request = std::chrono::seconds{10};    // from the first byte of a request to the last one of its answer
    Duration handler = std::chrono::seconds{5};     // of that, for the handler; then 503
    Duration first_byte = std::chrono::seconds{5};  // from the beginning of a connection, TLS and all, to its first request
    Duration idle = std::chrono::seconds{30};       // between requests of a connection
};

/// A small HTTP/1.1 server: few connections, every one of them within limits of size and time whatever the other side does. Connections
/// that ask nothing keep nobody out. It answers GET, HEAD and POST; several requests on a connection one after the other.
class HttpServer {
public:
    /// Sends the answer. From any thread, also after the server ended; only the first call counts. An answer
    /// that never comes becomes a 503.
    using Reply = std::function<void(HttpServerResponse)>;
    /// Called on the I/O thread; must not block.
    using Handler = std::function<void(HttpServerRequest, Reply)>;

    /// Listens from here on. Errors: `bad_config` (an address, a certificate or a key that cannot be used),
    /// `conflict` (the port is taken), `io`.
    [[nodiscard]] static Result<std::unique_ptr<HttpServer>> listen(IoThread& io, HttpServerSettings settings,
                                                                    Handler handler);
    /// Closes every connection; the handler is not called any more once this returns.
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    class Hub;
    HttpServer(IoThread& io, std::shared_ptr<Hub> hub, std::uint16_t port);

    IoThread& io_;
    std::shared_ptr<Hub> hub_;
    std::uint16_t port_;
};

}  // namespace setpoint
