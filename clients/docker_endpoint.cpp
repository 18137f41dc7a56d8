// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <string_view>

#include "clients/docker_client.hpp"

namespace setpoint {
namespace {

constexpr std::uint16_t kPlainPort = 2375;
constexpr std::uint16_t kTlsPort = 2376;

std::string value_of(const std::function<const char*(const char*)>& getenv, const char* name) {
    const char* value = getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

/// `host`, `host:2376`, `[::1]:2376`.
Result<RestEndpoint> parse_address(std::string_view address, std::uint16_t default_port) {
    const auto bad = [&] {
        return fail(Errc::bad_config, "wanted tcp://HOST:PORT, was 'tcp://" + std::string{address} + "'");
    };
    RestEndpoint endpoint;
    endpoint.port = default_port;
    auto colon = address.rfind(':');
    if (address.starts_with('[')) {
        const auto close = address.find(']');
        if (close == std::string_view::npos) return bad();
        endpoint.host = address.substr(1, close - 1);
        colon = close + 1 == address.size() ? std::string_view::npos : close + 1;
    } else {
        endpoint.host = address.substr(0, colon);
    }
    if (endpoint.host.empty() || endpoint.host.find_first_of("/?#@ ") != std::string::npos) return bad();
    if (colon == std::string_view::npos) return endpoint;
    const auto digits = address.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || endpoint.port == 0 || address[colon] != ':') {
        return bad();
    }
    return endpoint;
}

}  // namespace

Result<DockerEndpoint> docker_endpoint(const std::function<const char*(const char*)>& getenv) {
    DockerEndpoint endpoint;
    const auto host = value_of(getenv, "DOCKER_HOST");
    endpoint.name = host.empty() ? "unix://" + endpoint.socket : host;
    if (host.empty()) return endpoint;
    if (host.starts_with("unix://")) {
        endpoint.socket = host.substr(7);
        if (endpoint.socket.empty()) return fail(Errc::bad_config, "the Engine's address (--docker-host or DOCKER_HOST): wanted unix:///PATH, was '" + host + "'");
        return endpoint;
    }
    if (!host.starts_with("tcp://")) {
        return fail(Errc::bad_config, "the Engine's address (--docker-host or DOCKER_HOST): wanted unix:///PATH or tcp://HOST:PORT, was '" + host + "'");
    }
    // As for the docker command, any value but the empty one asks for TLS; verification is never off.
    const bool tls = !value_of(getenv, "DOCKER_TLS_VERIFY").empty();
    std::string_view address{host};
    address.remove_prefix(6);
    if (address.ends_with('/')) address.remove_suffix(1);
    auto rest = parse_address(address, tls ? kTlsPort : kPlainPort);
    if (!rest) return tl::unexpected(in("DOCKER_HOST")(rest.error()));
    if (tls) {
        auto folder = value_of(getenv, "DOCKER_CERT_PATH");
        if (folder.empty()) folder = value_of(getenv, "HOME") + "/.docker";
        rest->tls = TlsFiles{folder + "/ca.pem", folder + "/cert.pem", folder + "/key.pem"};
    }
    endpoint.rest = std::move(*rest);
    return endpoint;
}

}  // namespace setpoint
