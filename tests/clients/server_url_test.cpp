// SPDX-License-Identifier: Apache-2.0
#include "clients/server_url.hpp"

#include <catch2/catch.hpp>

#include "clients/base64.hpp"

namespace setpoint {

TEST_CASE("a server's URL in its parts", "[server_url]") {
    const auto plain = parse_server_url("http://prometheus:9090");
    REQUIRE(plain);
    CHECK_FALSE(plain->tls);
    CHECK(plain->host == "prometheus");
    CHECK(plain->port == 9090);
    CHECK(plain->prefix.empty());

    const auto tls = parse_server_url("https://mimir.example/prometheus/");
    REQUIRE(tls);
    CHECK(tls->tls);
    CHECK(tls->port == 443);
    CHECK(tls->prefix == "/prometheus");

    const auto six = parse_server_url("http://[::1]:9090/a/b");
    REQUIRE(six);
    CHECK(six->host == "::1");
    CHECK(six->port == 9090);
    CHECK(six->prefix == "/a/b");
    CHECK(parse_server_url("http://10.0.0.1")->port == 80);
}

TEST_CASE("what is no server's URL is refused", "[server_url]") {
    for (const auto* bad : {"", "prometheus:9090", "ftp://a", "http://", "http://:9090", "http://a:0", "http://a:65536", "http://a:9x",
                            "http://a b", "http://a/?query=1", "http://a#b", "http://[::1", "http://a\r\nHost: b"}) {
        CAPTURE(bad);
        const auto url = parse_server_url(bad);
        REQUIRE_FALSE(url);
        CHECK(url.error().code == Errc::bad_config);
    }
}

TEST_CASE("a password in a URL is refused, and is not in the message", "[server_url]") {
    const auto url = parse_server_url("https://me:hunter2@prometheus");
    REQUIRE_FALSE(url);
    CHECK(url.error().message.find("hunter2") == std::string::npos);
    CHECK(url.error().message.find("passwordFile") != std::string::npos);
}

TEST_CASE("a query in a URL is percent-encoded", "[server_url]") {
    CHECK(percent_encoded("rate(a_total{b=\"c d\"}[1m]) > 0") == "rate%28a_total%7Bb%3D%22c%20d%22%7D%5B1m%5D%29%20%3E%200");
    CHECK(percent_encoded("\xc3\xa9&+%") == "%C3%A9%26%2B%25");
}

// RFC 4648, section 10.
TEST_CASE("base64 of the RFC's own vectors", "[base64]") {
    CHECK(base64("").empty());
    CHECK(base64("f") == "Zg==");
    CHECK(base64("fo") == "Zm8=");
    CHECK(base64("foo") == "Zm9v");
    CHECK(base64("foobar") == "Zm9vYmFy");
}

}  // namespace setpoint
