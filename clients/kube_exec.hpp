// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "clients/io_thread.hpp"
#include "clients/kube_config.hpp"
#include "clients/kube_token.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// What a credential plugin printed.
struct ExecCredential {
    std::string token;               // secret
    std::optional<WallTime> expires;
};

/// Reads an ExecCredential. `bad_reply` without a token: one with a client certificate is not supported. No message holds any of it.
[[nodiscard]] Result<ExecCredential> parse_exec_credential(std::string_view json);

inline constexpr Duration kExecTime = std::chrono::seconds{10};
inline constexpr Duration kExecPause = std::chrono::seconds{10};
inline constexpr std::size_t kExecOutput = 64U << 10U;

/// A token from a program, which is run again when the token expires or the server refuses it. It gets no input, has
/// `time` and may print kExecOutput bytes, and is killed, with what it started, beyond. For `pause` after each run what came of it stands,
/// token or error: a user who is refused again and again does not start a program each time.
[[nodiscard]] std::unique_ptr<KubeToken> exec_token(IoThread& io, KubeExec program, Duration time = kExecTime, Duration pause = kExecPause);

}  // namespace setpoint
