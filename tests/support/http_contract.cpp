// SPDX-License-Identifier: Apache-2.0
#include "tests/support/http_contract.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <future>

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

HttpRequest get(Duration deadline) {
    HttpRequest request;
    request.target = "/thing";
    request.deadline = deadline;
    return request;
}

std::future<Result<HttpResponse>> send(HttpClient& client, HttpRequest request) {
    const auto promise = std::make_shared<std::promise<Result<HttpResponse>>>();
    auto future = promise->get_future();
    client.send(std::move(request), [promise](Result<HttpResponse> result) { promise->set_value(std::move(result)); });
    return future;
}

struct Misbehaviour {
    const char* what;
    OddServer::Behaviour server;
    std::vector<Errc> expected;
};

}  // namespace

Result<HttpResponse> ask(HttpClient& client, HttpRequest request) {
    auto future = send(client, std::move(request));
    if (future.wait_for(5s) != std::future_status::ready) return fail(Errc::io, "no callback at all");
    return future.get();
}

void check_answers(const TransportUnderTest& transport) {
    IoThread io;
    SECTION("a plain answer") {
        OddServer server{transport.where, answers};
        Lane lane{io, transport.reach(io, server)};
        const auto answer = ask(lane, get(2s));
        REQUIRE(answer);
        CHECK(answer->status == 200);
        CHECK(answer->body == "fine");
        CHECK_THAT(server.last_request(), Catch::Matchers::StartsWith("GET /thing HTTP/1.1\r\n"));
    }
    SECTION("an answer in chunks") {
        OddServer server{transport.where, answers_in_chunks};
        Lane lane{io, transport.reach(io, server)};
        const auto answer = ask(lane, get(2s));
        REQUIRE(answer);
        CHECK(answer->body == "one two");
    }
    SECTION("an error of the server is an answer") {
        OddServer server{transport.where, answers_500};
        Lane lane{io, transport.reach(io, server)};
        const auto answer = ask(lane, get(2s));
        REQUIRE(answer);
        CHECK(answer->status == 500);
        CHECK(answer->body == R"({"message":"no room"})");
    }
    SECTION("a request has its body") {
        OddServer server{transport.where, answers};
        Lane lane{io, transport.reach(io, server)};
        auto request = get(2s);
        request.method = "POST";
        request.body = R"({"a":1})";
        request.headers.emplace_back("Content-Type", "application/json");
        REQUIRE(ask(lane, request));
        CHECK_THAT(server.last_request(), Catch::Matchers::StartsWith("POST /thing") &&
                                              Catch::Matchers::Contains("application/json") &&
                                              Catch::Matchers::EndsWith("\r\n\r\n{\"a\":1}"));
    }
}

void check_streams(const TransportUnderTest& transport) {
    IoThread io;
    std::string heard;
    int pieces = 0;
    auto request = get(10s);
    request.max_body = 5;  // what is not kept is not counted
    SECTION("piece by piece, before the answer ends") {
        OddServer server{transport.where, streams};
        Lane lane{io, transport.reach(io, server)};
        const auto all = std::make_shared<std::promise<void>>();
        request.stream = [&, all](std::string_view piece) {
            if (pieces++ == 0) CHECK(piece.empty());  // the answer begins
            heard += piece;
            if (heard == "one two") all->set_value();
        };
        auto never = send(lane, request);
        REQUIRE(all->get_future().wait_for(5s) == std::future_status::ready);
        CHECK(never.wait_for(0s) == std::future_status::timeout);
    }
    SECTION("an answer that ends has nothing left") {
        OddServer server{transport.where, answers_in_chunks};
        Lane lane{io, transport.reach(io, server)};
        request.stream = [&](std::string_view piece) { heard += piece; };
        const auto answer = ask(lane, request);
        REQUIRE(answer);
        CHECK(answer->body.empty());
        CHECK(heard == "one two");
    }
    SECTION("an error is no stream") {
        OddServer server{transport.where, answers_500};
        Lane lane{io, transport.reach(io, server)};
        request.max_body = 100;
        request.stream = [&](std::string_view) { ++pieces; };
        const auto answer = ask(lane, request);
        REQUIRE(answer);
        CHECK(answer->body == R"({"message":"no room"})");
        CHECK(pieces == 0);
    }
}

void check_misbehaviour(const TransportUnderTest& transport) {
    using E = Errc;
    const std::vector<Misbehaviour> all{
        {"hangs", hangs, {E::timed_out}},
        {"drips its header", drips_header, {E::timed_out}},
        {"drips its body", drips_body, {E::timed_out}},
        {"closes at once", closes_at_once, {E::unreachable}},
        {"closes in mid-answer", closes_in_body, {E::bad_reply, E::unreachable}},
        {"talks garbage", talks_garbage, {E::bad_reply, E::unreachable}},
        {"has an endless header", endless_header, {E::bad_reply, E::timed_out}},
        {"has a huge body", huge_body, {E::bad_reply}},
        {"has endless chunks", endless_chunks, {E::bad_reply}},
    };
    IoThread io;
    for (const auto& [what, behaviour, expected] : all) {
        INFO("a server that " << what);
        OddServer server{transport.where, behaviour};
        Lane lane{io, transport.reach(io, server)};
        const auto began = std::chrono::steady_clock::now();
        // Who never finishes meets the deadline; the others are known for what they are long before a late one.
        const bool never_ends = std::ranges::find(expected, E::timed_out) != expected.end();
        auto request = get(never_ends ? 300ms : 10s);
        request.max_body = 100'000;
        const auto answer = ask(lane, request);
        const auto took = std::chrono::steady_clock::now() - began;
        REQUIRE_FALSE(answer);
        INFO("it said: " << answer.error().message);
        CHECK(std::ranges::find(expected, answer.error().code) != expected.end());
        CHECK_FALSE(answer.error().message.empty());
        CHECK(took < request.deadline + 5s);  // it really ends; the rest is for a slow machine
    }
}

void check_lanes(const TransportUnderTest& transport) {
    IoThread io;
    SECTION("one hanging server delays nobody") {
        OddServer hanging{transport.where, hangs};
        OddServer healthy{transport.where, answers};
        Lane stuck{io, transport.reach(io, hanging)};
        Lane free{io, transport.reach(io, healthy)};
        auto never = send(stuck, get(2s));
        const auto answer = ask(free, get(2s));
        CHECK(never.wait_for(0s) == std::future_status::timeout);
        REQUIRE(answer);
        CHECK(answer->body == "fine");
    }
    SECTION("a third request waits for its turn, and waiting counts") {
        OddServer server{transport.where, hangs};
        Lane lane{io, transport.reach(io, server)};
        auto first = send(lane, get(5s));
        auto second = send(lane, get(5s));
        const auto third = ask(lane, get(100ms));
        REQUIRE_FALSE(third);
        CHECK(third.error().code == Errc::timed_out);
        CHECK(server.requests() <= 2);
    }
    SECTION("a full queue says so at once") {
        OddServer server{transport.where, hangs};
        Lane lane{io, transport.reach(io, server), LaneSettings{1, 1, {}}};
        auto flying = send(lane, get(5s));
        auto waiting = send(lane, get(5s));
        const auto refused = ask(lane, get(5s));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::unreachable);
    }
    SECTION("a server that hangs is left alone for a while") {
        OddServer server{transport.where, hangs};
        LaneSettings settings;
        settings.breaker.failures = 1;
        Lane lane{io, transport.reach(io, server), settings};
        CHECK(ask(lane, get(50ms)).error().code == Errc::timed_out);
        const auto refused = ask(lane, get(5s));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::unreachable);
    }
}

void check_pause(const TransportUnderTest& transport) {
    IoThread io;
    SECTION("asked for with Retry-After") {
        OddServer server{transport.where, asks_for_a_pause};
        LaneSettings settings;
        settings.pause = std::make_shared<RetryAfter>();
        Lane lane{io, transport.reach(io, server), settings};
        Lane other{io, transport.reach(io, server), settings};
        const auto said = ask(lane, get(2s));
        REQUIRE(said);  // its answer, as any other
        CHECK(said->status == 503);
        CHECK(said->retry_after == "30");
        for (int i = 0; i < 20; ++i) {
            const auto refused = ask(i % 2 == 0 ? lane : other, get(2s));
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == Errc::unreachable);
            CHECK_THAT(refused.error().message, Catch::Matchers::Contains(" said 503 and asked for a pause of 30s; it is asked again in "));
        }
        CHECK(server.requests() == 1);
    }
    SECTION("not asked for") {
        OddServer server{transport.where, answers_500};
        Lane lane{io, transport.reach(io, server)};
        for (int i = 0; i < 3; ++i) CHECK(ask(lane, get(2s)));
        CHECK(server.requests() == 3);
    }
}

void check_shutdown(const TransportUnderTest& transport) {
    IoThread io;
    OddServer server{transport.where, hangs};
    auto lane = std::make_unique<Lane>(io, transport.reach(io, server), LaneSettings{1, 4, {}});
    auto flying = send(*lane, get(5s));
    auto waiting = send(*lane, get(5s));
    lane.reset();
    for (auto* future : {&flying, &waiting}) {
        REQUIRE(future->wait_for(0s) == std::future_status::ready);  // said before the client is gone
        CHECK(future->get().error().code == Errc::unreachable);
    }
}

}  // namespace setpoint::test
