// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "clients/lane.hpp"
#include "core/result.hpp"

namespace setpoint {

/// The CAs that the system trusts.
inline constexpr const char* kSystemRoots = "/etc/ssl/certs/ca-certificates.crt";

/// What a TLS client needs, as files or as PEM text. The server's certificate is always verified, against this CA alone.
/// Files are read for each connection, so that they may rotate.
struct TlsFiles {
    std::string ca_file;
    std::string certificate_file = {};  // with a key: who we are; both or none
    std::string key_file = {};
    std::string ca = {};                // instead of the file of that name
    std::string certificate = {};
    std::string key = {};               // secret
};

struct RestEndpoint {
    std::string host;
    std::uint16_t port = 0;
    std::optional<TlsFiles> tls;        // absent: plain HTTP
    std::string server_name = {};       // that the certificate must have; empty: the host
};

/// HTTP/1.1 over TCP, with TLS where the endpoint has it. Fails on certificate files that cannot be read.
[[nodiscard]] Result<std::unique_ptr<Transport>> rest_http(IoThread& io, RestEndpoint endpoint);

}  // namespace setpoint
