// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "clients/lane.hpp"
#include "core/result.hpp"

namespace setpoint {

/// The files of a TLS client. The server's certificate is always verified, against `ca_file` alone.
struct TlsFiles {
    std::string ca_file;
    std::string certificate_file;  // with `key_file`: who we are; both or none
    std::string key_file;
};

struct RestEndpoint {
    std::string host;
    std::uint16_t port = 0;
    std::optional<TlsFiles> tls;   // absent: plain HTTP
};

/// HTTP/1.1 over TCP, with TLS where the endpoint has it. Fails on certificate files that cannot be read.
[[nodiscard]] Result<std::unique_ptr<Transport>> rest_http(IoThread& io, RestEndpoint endpoint);

}  // namespace setpoint
