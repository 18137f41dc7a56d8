// SPDX-License-Identifier: Apache-2.0
#include "agent/admin/gate.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/temporary_folder.hpp"

namespace setpoint::test {
namespace {

using Catch::Matchers::Contains;

HttpServerRequest get(std::string host) { return {"GET", "/api/v1/policies", std::move(host), "", "", "", ""}; }

HttpServerRequest post(std::string host, std::string origin, std::string type) {
    return {"POST", "/api/v1/overrides", std::move(host), std::move(origin), std::move(type), "", "{}"};
}

int status(const HttpServerRequest& request, const AdminSettings& settings) {
    const auto refused = refusal(request, settings);
    return refused ? refused->status : 200;
}

}  // namespace

TEST_CASE("an admin address is an IP address and a port, or off", "[admin]") {
    CHECK_FALSE(admin_settings({"off", "", "", ""})->on);
    CHECK(admin_settings({})->server.port == 9464);
    CHECK(admin_settings({"localhost:80", "", "", ""})->server.address == "127.0.0.1");
    CHECK(admin_settings({"[::1]:9000", "", "", ""})->server.address == "::1");
    for (const char* wrong : {"", "9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:x", "example.org:80", "[::1"}) {
        INFO(wrong);
        CHECK(admin_settings({wrong, "", "", ""}).error().code == Errc::bad_config);
    }
}

TEST_CASE("an address that others can reach needs TLS and a token", "[admin]") {
    const TemporaryFolder folder;
    const auto file = [&](const char* name, const char* text) {
        const auto path = (folder.path() / name).string();
        std::ofstream{path} << text;
        return path;
    };
    const auto token = file("token", "0123456789abcdef\n");
    CHECK_THAT(admin_settings({"0.0.0.0:9464", "", "", ""}).error().message, Contains("--admin-token-file"));
    CHECK_FALSE(admin_settings({"0.0.0.0:9464", "", "", token}));
    CHECK_FALSE(admin_settings({"[::]:9464", "c.pem", "k.pem", ""}));
    CHECK_FALSE(admin_settings({"127.0.0.1:9464", "c.pem", "", ""}));
    const auto good = admin_settings({"0.0.0.0:9464", "c.pem", "k.pem", token});
    REQUIRE(good);
    CHECK(good->token == "0123456789abcdef");
    CHECK_THAT(admin_settings({"127.0.0.1:1", "", "", file("short", "secret\n")}).error().message, Contains("6 characters"));
    CHECK_THAT(admin_settings({"127.0.0.1:1", "", "", "/nonexistent"}).error().message, Contains("/nonexistent"));
}

TEST_CASE("the metrics may be anywhere, and nothing else with them", "[admin]") {
    CHECK_FALSE(admin_settings({})->metrics);
    const auto settings = admin_settings({.address = "off", .metrics = "0.0.0.0:9465"});
    REQUIRE(settings);
    CHECK_FALSE(settings->on);
    REQUIRE(settings->metrics);
    CHECK(settings->metrics->address == "0.0.0.0");
    CHECK(settings->metrics->port == 9465);
    CHECK_THAT(admin_settings({.metrics = "9465"}).error().message, Contains("--metrics '9465' is no address"));

    for (const char* target : {"/metrics", "/metrics?format=text", "/healthz", "/readyz"}) {
        CHECK(may_be_seen({"GET", target, "10.0.0.1:9465", "", "", "", ""}));
        CHECK_FALSE(may_be_seen({"POST", target, "10.0.0.1:9465", "", "application/json", "", "{}"}));
    }
    for (const char* target : {"/", "", "/metrics/", "/api/v1/policies", "/api/v1/overrides", "//metrics"}) {
        INFO(target);
        CHECK_FALSE(may_be_seen({"GET", target, "localhost:9465", "", "", "", ""}));
    }
}

TEST_CASE("without a token only loopback names are answered", "[admin]") {
    const AdminSettings open;
    for (const char* host : {"localhost", "localhost:9464", "127.0.0.1:9464", "127.1.2.3", "[::1]:9464"}) CHECK(status(get(host), open) == 200);
    for (const char* host : {"", "evil.example:9464", "127.0.0.1.evil.example", "localhost.evil", "10.0.0.1:9464"}) {
        INFO(host);
        CHECK(status(get(host), open) == 403);
    }
}

TEST_CASE("a POST is JSON, and of the agent's own page if of any", "[admin]") {
    const AdminSettings open;
    CHECK(status(post("localhost:1", "", "application/json"), open) == 200);
    CHECK(status(post("localhost:1", "http://localhost:1", "application/json; charset=utf-8"), open) == 200);
    CHECK(status(post("localhost:1", "", "text/plain"), open) == 415);
    CHECK(status(post("localhost:1", "", "application/x-www-form-urlencoded"), open) == 415);
    CHECK(status(post("localhost:1", "http://evil.example", "application/json"), open) == 403);
    CHECK(status(post("localhost:1", "http://localhost:2", "application/json"), open) == 403);
    CHECK(status(post("localhost:1", "null", "application/json"), open) == 403);
}

TEST_CASE("with a token only who has it is answered", "[admin]") {
    AdminSettings closed;
    closed.token = "0123456789abcdef";
    auto request = get("setpoint.example:9464");
    CHECK(status(request, closed) == 401);
    for (const char* wrong : {"Bearer", "Bearer ", "Bearer 0123456789abcdeF", "Bearer 0123456789abcdef0", "Basic 0123456789abcdef"}) {
        request.authorization = wrong;
        CHECK(status(request, closed) == 401);
    }
    request.authorization = "Bearer 0123456789abcdef";
    CHECK(status(request, closed) == 200);
    request.authorization.clear();
    request.target = "/";
    CHECK(status(request, closed) == 200);
    request.method = "POST";
    CHECK(status(request, closed) == 401);
}

}  // namespace setpoint::test
