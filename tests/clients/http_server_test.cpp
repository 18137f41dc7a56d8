// SPDX-License-Identifier: Apache-2.0
#include "clients/http_server.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <fstream>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/raw_socket.hpp"
#include "tests/support/temporary_folder.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

/// Answers each request with its own first words, unless told otherwise.
struct Server {
    explicit Server(HttpServerSettings settings = {}, HttpServer::Handler handler = echo) {
        auto made = HttpServer::listen(io, std::move(settings), std::move(handler));
        REQUIRE(made);
        server = std::move(*made);
    }
    static void echo(HttpServerRequest request, const HttpServer::Reply& reply) {
        reply({200, "text/plain", request.method + " " + request.target + " " + request.body, {}});
    }
    [[nodiscard]] std::uint16_t port() const { return server->port(); }

    IoThread io;
    std::unique_ptr<HttpServer> server;
};

/// Where requests lie until they are answered.
class Desk {
public:
    void keep(HttpServer::Reply reply) {
        const std::lock_guard hold{lock_};
        kept_.push_back(std::move(reply));
        came_.notify_all();
    }
    void wait_for(std::size_t count) {
        std::unique_lock hold{lock_};
        REQUIRE(came_.wait_for(hold, 2s, [&] { return kept_.size() >= count; }));
    }
    void answer_all() {
        const std::lock_guard hold{lock_};
        for (const auto& reply : std::exchange(kept_, {})) reply({200, "text/plain", "well", {}});
    }

private:
    std::mutex lock_;
    std::condition_variable came_;
    std::vector<HttpServer::Reply> kept_;
};

std::string request(const std::string& line, const std::string& more = "") {
    return line + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
}

/// Limits that a test can wait for.
HttpServerSettings hasty() {
    HttpServerSettings settings;
    settings.request = 400ms;
    settings.handler = 200ms;
    settings.first_byte = 300ms;
    settings.idle = 300ms;
    return settings;
}

}  // namespace

TEST_CASE("requests are answered, one after the other on a connection", "[http_server]") {
    const Server server;
    RawSocket client{server.port()};
    client.say(request("GET /a?b=c"));
    CHECK_THAT(client.hear("GET /a?b=c ", 2s), StartsWith("HTTP/1.1 200 OK"));
    client.say(request("POST /x", "Content-Length: 5\r\n") + "hello");
    CHECK_THAT(client.hear("hello", 2s), Contains("POST /x hello"));
    client.say(request("HEAD /a", "Connection: close\r\n"));
    const auto head = client.hear_all(2s);
    CHECK_THAT(head, Contains("Content-Length: 8"));  // "HEAD /a "
    CHECK_THAT(head, Catch::Matchers::EndsWith("\r\n\r\n"));
    CHECK(client.closed());
}

TEST_CASE("pipelined requests are answered in order", "[http_server]") {
    const Server server;
    RawSocket client{server.port()};
    client.say(request("GET /1") + request("POST /2", "Content-Length: 3\r\n") + "abc" + request("GET /3", "Connection: close\r\n"));
    const auto heard = client.hear_all(2s);
    const auto first = heard.find("GET /1");
    const auto second = heard.find("POST /2 abc");
    const auto third = heard.find("GET /3");
    CHECK((first < second && second < third && third != std::string::npos));
}

TEST_CASE("who asks and then shuts its side still hears the answer", "[http_server]") {
    const Server server;
    RawSocket client{server.port()};
    client.say(request("GET /half"));
    client.half_close();
    CHECK_THAT(client.hear_all(2s), Contains("GET /half"));
    CHECK(client.closed());
}

TEST_CASE("a body that waits for a go-ahead gets it", "[http_server]") {
    const Server server;
    RawSocket client{server.port()};
    client.say(request("POST /", "Content-Length: 2\r\nExpect: 100-continue\r\n"));
    CHECK_THAT(client.hear("\r\n\r\n", 2s), StartsWith("HTTP/1.1 100"));
    client.say("ok");
    CHECK_THAT(client.hear("ok", 2s), Contains("POST / ok"));
}

TEST_CASE("what is no HTTP, or none that is served, is refused", "[http_server]") {
    const Server server;
    const auto answer = [&](const std::string& text) {
        RawSocket client{server.port()};
        client.say(text);
        return client.hear_all(3s);
    };
    CHECK_THAT(answer(std::string("\x16\x03\x01\x02 no HTTP\r\n\r\n", 16)), StartsWith("HTTP/1.1 400"));
    CHECK_THAT(answer("GET / HTTP/9.9\r\n\r\n"), StartsWith("HTTP/1.1 400"));
    CHECK_THAT(answer(request("DELETE /")), StartsWith("HTTP/1.1 405"));
    CHECK_THAT(answer(request("OPTIONS /")), Contains("Allow: GET, HEAD, POST"));
    CHECK_THAT(answer(request("GET /", "X: " + std::string(9000, 'x') + "\r\n")), StartsWith("HTTP/1.1 431"));
    CHECK_THAT(answer("GET /" + std::string(200'000, 'x')), StartsWith("HTTP/1.1 431"));
    CHECK_THAT(answer(request("POST /", "Content-Length: 70000\r\n") + std::string(70'000, 'x')), StartsWith("HTTP/1.1 413"));
    CHECK_THAT(answer(request("POST /", "Content-Length: 999999999999\r\n")), StartsWith("HTTP/1.1 413"));
    CHECK_THAT(answer(request("POST /", "Transfer-Encoding: chunked\r\n") + "11170\r\n" + std::string(70'000, 'x') + "\r\n0\r\n\r\n"),
               StartsWith("HTTP/1.1 413"));
    CHECK_THAT(answer(request("GET /still", "Connection: close\r\n")), Contains("GET /still"));
}

TEST_CASE("a request that drips is cut off at its deadline, an idle connection too", "[http_server]") {
    const Server server{hasty()};
    RawSocket dripping{server.port()};
    RawSocket idle{server.port()};
    const auto begin = std::chrono::steady_clock::now();
    bool open = true;
    for (int i = 0; open && i < 100; ++i) {
        open = dripping.say("G");
        dripping.hear_all(20ms);
        open = open && !dripping.closed();
    }
    CHECK_FALSE(open);
    CHECK(std::chrono::steady_clock::now() - begin < 1500ms);
    idle.hear_all(2s);
    CHECK(idle.closed());
}

TEST_CASE("where all connections are busy one more is told so, and a place that is free again is taken", "[http_server]") {
    HttpServerSettings settings;
    settings.connections = 3;
    Desk desk;
    const Server server{settings, [&](const HttpServerRequest&, const HttpServer::Reply& reply) { desk.keep(reply); }};
    std::list<RawSocket> clients;
    for (int i = 0; i < 3; ++i) clients.emplace_back(server.port()).say(request("GET /in"));
    desk.wait_for(3);
    RawSocket fourth{server.port()};
    CHECK_THAT(fourth.hear_all(2s), StartsWith("HTTP/1.1 503"));
    CHECK(fourth.closed());
    desk.answer_all();
    for (auto& client : clients) CHECK_THAT(client.hear("well", 2s), StartsWith("HTTP/1.1 200"));
    RawSocket next{server.port()};
    next.say(request("GET /", "Connection: close\r\n"));
    desk.wait_for(1);
    desk.answer_all();
    CHECK_THAT(next.hear_all(2s), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("for one more connection the one that waited the longest is closed, and before those one that never asked", "[http_server]") {
    HttpServerSettings settings;
    settings.connections = 3;
    const Server server{settings};
    const auto ask = [](RawSocket& client) {
        client.say(request("GET /in"));
        return client.hear("GET /in", 2s);
    };
    RawSocket first{server.port()};
    CHECK_THAT(ask(first), StartsWith("HTTP/1.1 200"));
    RawSocket silent{server.port()};
    RawSocket second{server.port()};
    CHECK_THAT(ask(second), StartsWith("HTTP/1.1 200"));
    RawSocket third{server.port()};
    CHECK_THAT(ask(third), StartsWith("HTTP/1.1 200"));
    silent.hear_all(2s);
    CHECK(silent.closed());
    RawSocket fourth{server.port()};
    CHECK_THAT(ask(fourth), StartsWith("HTTP/1.1 200"));
    first.hear_all(2s);
    CHECK(first.closed());
    CHECK_THAT(ask(second), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("whoever holds connections open, silent or dripping, keeps nobody out", "[http_server]") {
    const auto word = GENERATE("", "G", "GET /healthz HTTP/1.1\r\nHost: ");
    const Server server;
    std::list<RawSocket> idle;
    for (int i = 0; i < 40; ++i) idle.emplace_back(server.port()).say(word);
    for (int i = 0; i < 5; ++i) {
        RawSocket probe{server.port()};
        probe.say(request("GET /healthz", "Connection: close\r\n"));
        CHECK_THAT(probe.hear_all(2s), StartsWith("HTTP/1.1 200"));
    }
}

TEST_CASE("who never asks is cut off sooner than who asked before", "[http_server]") {
    HttpServerSettings settings;
    settings.first_byte = 200ms;
    const Server server{settings};
    RawSocket asked{server.port()};
    asked.say(request("GET /in"));
    CHECK_THAT(asked.hear("GET /in", 2s), StartsWith("HTTP/1.1 200"));
    RawSocket silent{server.port()};
    silent.hear_all(5s);
    CHECK(silent.closed());
    asked.hear_all(20ms);
    CHECK_FALSE(asked.closed());
}

TEST_CASE("an answer may come from any thread, once, late or never", "[http_server]") {
    std::mutex lock;
    std::vector<HttpServer::Reply> kept;
    std::thread other;
    auto server = std::make_unique<Server>(hasty(), [&](const HttpServerRequest& asked, const HttpServer::Reply& reply) {
        if (asked.target == "/thread") {
            other = std::thread{[reply] {
                reply({200, "text/plain", "first", {}});
                reply({200, "text/plain", "second", {}});
            }};
            return;
        }
        const std::lock_guard hold{lock};
        kept.push_back(reply);
    });
    RawSocket client{server->port()};
    client.say(request("GET /thread"));
    CHECK_THAT(client.hear("first", 2s), Contains("first"));
    other.join();
    CHECK(client.hear("second", 50ms).empty());

    RawSocket patient{server->port()};
    patient.say(request("GET /never"));
    CHECK_THAT(patient.hear_all(2s), StartsWith("HTTP/1.1 503"));
    {
        const std::lock_guard hold{lock};
        REQUIRE(kept.size() == 1);
        kept.front()({200, "text/plain", "too late", {}});
    }
    server.reset();
    kept.front()({200, "text/plain", "far too late", {}});
}

TEST_CASE("a taken port and files that are no certificate are clear errors", "[http_server]") {
    const Server server;
    IoThread io;
    HttpServerSettings settings;
    settings.port = server.port();
    const auto taken = HttpServer::listen(io, settings, Server::echo);
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == Errc::conflict);
    CHECK_THAT(taken.error().message, Contains(std::to_string(server.port())));

    const TemporaryFolder folder;
    settings.port = 0;
    settings.certificate = settings.key = (folder.path() / "empty.pem").string();
    std::ofstream{settings.key};
    const auto useless = HttpServer::listen(io, settings, Server::echo);
    REQUIRE_FALSE(useless);
    CHECK(useless.error().code == Errc::bad_config);
    CHECK_THAT(useless.error().message, Contains("empty.pem"));
}

}  // namespace setpoint::test
