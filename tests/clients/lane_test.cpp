// SPDX-License-Identifier: Apache-2.0
#include "clients/lane.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <future>

namespace setpoint {
namespace {

using namespace std::chrono_literals;

/// Gives these answers, one for each request.
class Canned final : public Transport {
public:
    Canned(IoThread& io, std::deque<HttpResponse> answers, int& asked) : io_(io), answers_(std::move(answers)), asked_(asked) {}

    std::unique_ptr<Exchange> start(const HttpRequest&, HttpClient::Done done) override {
        ++asked_;
        auto answer = std::move(answers_.front());
        answers_.pop_front();
        io_.post([answer = std::move(answer), done = std::move(done)] { done(answer); });
        return std::make_unique<Exchange>();
    }
    const std::string& name() const override { return name_; }

private:
    IoThread& io_;
    std::deque<HttpResponse> answers_;
    int& asked_;
    std::string name_ = "the server";
};

struct Bench {
    Bench(std::deque<HttpResponse> answers, Duration patience) {
        LaneSettings settings;
        settings.patience = patience;
        lane.emplace(io, std::make_unique<Canned>(io, std::move(answers), asked), settings);
    }

    Result<HttpResponse> ask(Duration deadline) {
        std::promise<Result<HttpResponse>> answer;
        HttpRequest request;
        request.deadline = deadline;
        lane->send(std::move(request), [&](Result<HttpResponse> result) { answer.set_value(std::move(result)); });
        return answer.get_future().get();
    }

    IoThread io;
    int asked = 0;
    std::optional<Lane> lane;
};

const HttpResponse kBusy{429, "later", "1"};
const HttpResponse kGood{200, "done", {}};

}  // namespace

TEST_CASE("what a server put off is sent again when its pause is over", "[lane]") {
    Bench bench{{kBusy, kGood}, 10s};
    const auto answer = bench.ask(20s);
    REQUIRE(answer);
    CHECK(answer->body == "done");
    CHECK(bench.asked == 2);
}

TEST_CASE("a pause that outlasts patience or deadline ends the request with the server's own answer", "[lane]") {
    SECTION("no patience") {
        Bench bench{{kBusy}, 0s};
        CHECK(bench.ask(20s)->status == 429);
        // And those that come meanwhile are not sent.
        CHECK(bench.ask(20s).error().code == Errc::unreachable);
        CHECK(bench.asked == 1);
    }
    SECTION("a pause too long") {
        Bench bench{{{503, "", "60"}}, 10s};
        CHECK(bench.ask(90s)->status == 503);
    }
    SECTION("a deadline too soon") {
        Bench bench{{kBusy}, 10s};
        CHECK(bench.ask(500ms)->status == 429);
    }
}

TEST_CASE("an error that asks for no pause is not tried again", "[lane]") {
    Bench bench{{{503, "broken", {}}}, 10s};
    CHECK(bench.ask(20s)->status == 503);
    CHECK(bench.asked == 1);
}

}  // namespace setpoint
