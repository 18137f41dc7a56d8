// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_nodes.hpp"

#include <catch2/catch.hpp>

#include "tests/support/fake_kubelets.hpp"

using namespace setpoint;

namespace {

Result<KubeNode> node(const std::string& addresses) {
    return read_kube_node(R"({"metadata":{"name":"n1"},"status":{"addresses":[)" + addresses + "]}}");
}

}  // namespace

TEST_CASE("a node is where its kubelet serves", "[kube_nodes]") {
    CHECK(read_kube_node(test::node_json("n1", "10.1.2.3", 10251)) == KubeNode{"10.1.2.3", 10251});
    // Of two stacks the first counts; without a port the usual one does.
    CHECK(node(R"({"type":"InternalIP","address":"fd00::3"},{"type":"InternalIP","address":"10.1.2.3"})") == KubeNode{"fd00::3", 10250});
    CHECK(read_kube_node(R"({"metadata":{"name":"n1"},"status":{"daemonEndpoints":{"kubeletEndpoint":{"Port":70000}}}})") == KubeNode{"", 10250});
}

TEST_CASE("a node without an address that is one has none", "[kube_nodes]") {
    CHECK(node("")->address.empty());
    CHECK(node(R"({"type":"ExternalIP","address":"1.2.3.4"},{"type":"Hostname","address":"n1"})")->address.empty());
    CHECK(node(R"({"type":"InternalIP","address":"evil.example"})")->address.empty());
    CHECK(node(R"({"type":"InternalIP","address":"10.1.2.3\r\nX: y"})")->address.empty());
}

TEST_CASE("what is no node is said to be none", "[kube_nodes]") {
    CHECK(read_kube_node("{").error().code == Errc::bad_reply);
    CHECK(read_kube_node("[]").error().code == Errc::bad_reply);
    CHECK(read_kube_node(R"({"metadata":{}})").error().message == "a node has a name");
}
