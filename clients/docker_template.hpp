// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace setpoint {

/// What to send to have one more container like an existing one.
struct NewContainer {
    /// A network to connect to after the create and before the start.
    struct Network {
        std::string name;
        std::string endpoint;  // JSON: the EndpointConfig of POST /networks/{name}/connect
    };
    std::string body;           // JSON, of POST /containers/create
    std::vector<Network> networks;
};

/// A container made as the one that `inspected` describes is: from its image's ID and its configuration, on
/// its networks, with fresh anonymous volumes, and with `labels` on top of its own. Left out is what only one
/// container can have: the MAC address, the alias and the host name that come from its ID.
///
/// `refused` where the original has something else that only one can have: a fixed host port, a static
/// address, another container's network, processes or volumes. The message says what to change.
[[nodiscard]] Result<NewContainer> one_more(std::string_view inspected,
                                            const std::map<std::string, std::string>& labels);

}  // namespace setpoint
