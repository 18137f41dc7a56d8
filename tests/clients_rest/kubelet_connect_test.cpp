// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <future>

#include "clients/kubelet_client.hpp"
#include "tests/support/odd_server.hpp"
#include "tests/support/temporary_folder.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

/// An authority that signed nothing.
std::string made_ca(const TemporaryFolder& folder) {
    const auto file = (folder.path() / "ca.pem").string();
    const auto made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ca -keyout " + file + ".key -out " + file + " 2>/dev/null";
    REQUIRE(std::system(made.c_str()) == 0);
    return file;
}

KubeAccess access_with(const std::string& ca) {
    KubeAccess access;
    access.tls.ca_file = ca;
    access.credentials.token = "secret";
    return access;
}

}  // namespace

TEST_CASE("files that cannot be used are known before any kubelet is asked", "[kubelet_client]") {
    const TemporaryFolder folder;
    const auto ca = made_ca(folder);
    const auto nonsense = (folder.path() / "nonsense.pem").string();
    std::ofstream{nonsense} << "no certificate\n";
    IoThread io;
    CHECK(KubeletClient::connect(io, access_with(ca), {}));
    CHECK(KubeletClient::connect(io, access_with(nonsense), ca));
    for (const auto& bad : {nonsense, std::string{"/nowhere/ca.pem"}}) {
        const auto connected = KubeletClient::connect(io, access_with(ca), bad);
        REQUIRE_FALSE(connected);
        CHECK(connected.error().code == Errc::bad_config);
        CHECK(connected.error().message.starts_with("kubelets: cannot use the TLS files " + bad + ": "));
    }
    auto without = access_with(ca);
    without.credentials = {{}, "/nowhere/token", {}};
    CHECK(KubeletClient::connect(io, without, {}).error().code == Errc::bad_config);
}

TEST_CASE("a kubelet that speaks no TLS is not told our token", "[kubelet_client]") {
    const TemporaryFolder folder;
    IoThread io;
    OddServer plain{OddServer::On::loopback, answers};
    const auto client = KubeletClient::connect(io, access_with(made_ca(folder)), {});
    REQUIRE(client);
    std::promise<Result<std::string>> answered;
    io.run([&] { (*client)->get({"127.0.0.1", plain.port()}, "/metrics/resource", 2s, [&](Result<std::string> answer) { answered.set_value(std::move(answer)); }); });
    CHECK_FALSE(answered.get_future().get());
    CHECK(plain.last_request().find("secret") == std::string::npos);
}

}  // namespace setpoint::test
