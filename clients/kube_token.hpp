// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "clients/io_thread.hpp"
#include "clients/kube_config.hpp"
#include "core/result.hpp"

namespace setpoint {

/// The bearer token of our requests. Only on the I/O thread.
class KubeToken {
public:
    using Done = std::function<void(Result<std::string>)>;

    virtual ~KubeToken() = default;
    /// `done` gets the token of now, maybe at once; empty: none is sent.
    virtual void get(Done done) = 0;
    /// The server did not take the last one. Whether another is to be had.
    [[nodiscard]] virtual bool renew() = 0;
};

/// `bad_config` where a token file cannot be read.
[[nodiscard]] Result<std::unique_ptr<KubeToken>> kube_token(IoThread& io, const KubeCredentials& credentials);

}  // namespace setpoint
