// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "clients/lane.hpp"
#include "core/result.hpp"

namespace setpoint {

/// HTTP/1.1 over a Unix socket, a connection a request. Answers with a header above 64 KiB are refused, as are
/// bodies above the request's own limit, the moment they pass it.
///
/// Fails on a path that no socket can have.
///
///     Lane lane{io, *unix_http(io, "/var/run/docker.sock")};
[[nodiscard]] Result<std::unique_ptr<Transport>> unix_http(IoThread& io, std::string socket_path);

}  // namespace setpoint
