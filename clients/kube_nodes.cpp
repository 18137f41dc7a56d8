// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_nodes.hpp"

#include "clients/dom_json.hpp"

namespace setpoint {
namespace {

using namespace dom_json;

constexpr std::uint16_t kUsualPort = 10250;

std::uint16_t port_of(const Element& node) {
    const auto port = integer(member(node, "status", "daemonEndpoints", "kubeletEndpoint", "Port"));
    return port > 0 && port <= UINT16_MAX ? static_cast<std::uint16_t>(port) : kUsualPort;
}

/// Whoever may write the node says it; a name would be resolved.
bool is_address(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF.:") == std::string_view::npos; }

}  // namespace

Result<KubeNode> read_kube_node(std::string_view json) {
    simdjson::dom::parser parser;
    Element node;
    if (const auto error = parser.parse(json.data(), json.size()).get(node)) {
        return fail(Errc::bad_reply, std::string{"a node: "} + simdjson::error_message(error));
    }
    if (text(member(node, "metadata", "name")).empty()) return fail(Errc::bad_reply, "a node has a name");
    KubeNode read{{}, port_of(node)};
    for_each(member(node, "status", "addresses"), [&](const Element& address) {
        const auto said = text(member(address, "address"));
        if (read.address.empty() && text(member(address, "type")) == "InternalIP" && is_address(said)) read.address = said;
    });
    return read;
}

std::unique_ptr<KubeNodes> watch_nodes(IoThread& io, KubeClient& kube) {
    return std::make_unique<KubeNodes>(io, kube, KubeSelection{{"", "v1", "nodes"}}, read_kube_node);
}

}  // namespace setpoint
