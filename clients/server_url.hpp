// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace setpoint {

/// Where a server is: `https://prometheus.example:9090/team-a`.
struct ServerUrl {
    bool tls = false;
    std::string host;
    std::uint16_t port = 0;
    std::string prefix;   // /team-a; empty without one, never with a slash at its end
};

/// `http://` or `https://`, a host, and maybe a port and a path. `bad_config` for anything else; a user or a
/// password in it is refused, because a URL is written to logs.
[[nodiscard]] Result<ServerUrl> parse_server_url(std::string_view text);

/// `text` as a part of a query: what is not unreserved (RFC 3986, 2.3) as %XX.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace setpoint
