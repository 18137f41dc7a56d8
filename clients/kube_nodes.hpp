// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "clients/kube_watch.hpp"
#include "core/result.hpp"

namespace setpoint {

/// A node, reduced to where its kubelet serves.
struct KubeNode {
    std::string address;      // its InternalIP; empty: it has none
    std::uint16_t port = 0;   // 10250 where the node does not say
    friend bool operator==(const KubeNode&, const KubeNode&) = default;
};

/// `bad_reply` for what is no node.
[[nodiscard]] Result<KubeNode> read_kube_node(std::string_view json);

/// The nodes of a cluster, by name.
using KubeNodes = KubeWatch<KubeNode>;
[[nodiscard]] std::unique_ptr<KubeNodes> watch_nodes(IoThread& io, KubeClient& kube);

}  // namespace setpoint
