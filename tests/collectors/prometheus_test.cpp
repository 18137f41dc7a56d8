// SPDX-License-Identifier: Apache-2.0
#include "collectors/prometheus.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <future>
#include <mutex>

#include "collectors/prometheus_answer.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;

Result<PrometheusAnswer> parse(const std::string& body, int status = 200) { return parse_prometheus({status, body}); }

std::string vector_of(const std::string& samples) {
    return R"({"status":"success","data":{"resultType":"vector","result":[)" + samples + "]}}";
}

/// A server with an answer for each query.
class FakeServer final : public HttpClient {
public:
    struct Log {
        std::mutex lock;
        std::vector<HttpRequest> asked;
    };
    using Answer = std::function<Result<HttpResponse>(const std::string& target)>;

    FakeServer(IoThread& io, std::shared_ptr<Log> log, Answer answer) : io_(io), log_(std::move(log)), answer_(std::move(answer)) {}
    void send(HttpRequest request, Done done) override {
        const std::lock_guard guard{log_->lock};
        log_->asked.push_back(request);
        io_.post([answer = answer_(request.target), done = std::move(done)] { done(answer); });
    }

private:
    IoThread& io_;
    std::shared_ptr<Log> log_;
    Answer answer_;
};

struct Samples final : Sink {
    explicit Samples(std::size_t wanted) : missing(wanted) {}
    void post(Sample sample) override {
        all.push_back(std::move(sample));
        if (--missing == 0) complete.set_value();
    }
    void post(TargetState) override {}
    void post(PodDelta) override {}
    void post(ApplyResult) override {}
    std::vector<Sample> all;
    std::size_t missing;
    std::promise<void> complete;
};

struct Rig {
    explicit Rig(FakeServer::Answer answer, PrometheusSettings settings = {})
        : server(io, clock, std::make_unique<FakeServer>(io, log, std::move(answer)), std::move(settings), "/base") {}
    std::shared_ptr<FakeServer::Log> log = std::make_shared<FakeServer::Log>();
    Clock clock;
    IoThread io;
    PrometheusServer server;
};

}  // namespace

TEST_CASE("one sample or a scalar is a number", "[prometheus]") {
    const auto sample = parse(vector_of(R"({"metric":{},"value":[1700000000.5,"12.25"]})"));
    REQUIRE(sample);
    CHECK(sample->value == 12.25);
    CHECK(sample->evaluated == 1700000000.5);
    CHECK(parse(R"({"status":"success","data":{"resultType":"scalar","result":[1,"3"]},"warnings":["w"],"new":1})")->value == 3);
    CHECK(std::isnan(parse(vector_of(R"({"metric":{},"value":[1,"NaN"]})"))->value));
    CHECK(std::isinf(parse(vector_of(R"({"metric":{},"value":[1,"+Inf"]})"))->value));
}

TEST_CASE("an empty vector is no data, and not zero", "[prometheus]") {
    CHECK(parse(vector_of("")).error().code == Errc::no_data);
}

TEST_CASE("several series are told with their number and the cure", "[prometheus]") {
    const auto several = parse(vector_of(R"({"metric":{"a":"1"},"value":[1,"2"]},{"metric":{"a":"2"},"value":[1,"3"]})"));
    REQUIRE_FALSE(several);
    CHECK(several.error().code == Errc::bad_reply);
    CHECK(several.error().message.find("2 series") != std::string::npos);
    CHECK(several.error().message.find("sum(") != std::string::npos);
}

TEST_CASE("what gives no number says why", "[prometheus]") {
    const auto message = [](const std::string& body, int status = 200) { return parse(body, status).error().message; };
    CHECK(message(R"({"status":"error","errorType":"bad_data","error":"parse error"})", 400) == "bad_data: parse error");
    CHECK(message("Unauthorized", 401).find("credentials") != std::string::npos);
    CHECK(message("not found", 404).find("no Prometheus API") != std::string::npos);
    CHECK(message("<html>", 502) == "HTTP 502");
    CHECK(message("<html>").find("no JSON") != std::string::npos);
    CHECK(message(R"({"status":"success","data":{"resultType":"matrix","result":[]}})").find("[range]") != std::string::npos);
    CHECK(message(vector_of(R"({"metric":{},"histogram":[1,{}]})")).find("histogram_quantile") != std::string::npos);
    for (const auto* broken : {"", "{", "[]", "null", R"({"status":"success"})", R"({"status":"success","data":{"result":3}})",
                               R"({"status":"success","data":{"resultType":"scalar","result":[1]}})",
                               R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1,"x"]}]}})",
                               R"({"status":"success","data":{"resultType":"vector","result":[{"value":["1","2"]}]}})"}) {
        CAPTURE(broken);
        CHECK(parse(broken).error().code == Errc::bad_reply);
    }
}

TEST_CASE("a server's message reaches the log short and on one line", "[prometheus]") {
    const auto answer = parse(R"({"status":"error","error":"a\nb\u001b[31m)" + std::string(5000, 'x') + R"("})", 400);
    CHECK(answer.error().message.size() < 400);
    CHECK(answer.error().message.find_first_of("\n\x1b") == std::string::npos);
}

TEST_CASE("a rate is dated with its asking and averages over its range", "[prometheus]") {
    Rig rig{[](const std::string&) { return HttpResponse{200, vector_of(R"({"metric":{},"value":[1,"7"]})")}; }};
    Samples samples{1};
    PrometheusCollector collector{rig.io, rig.clock, rig.server, {TargetId{2}, {{SignalId{1}, "sum(rate(x_total[1m]))"}}, 0ms}, {}};
    auto complete = samples.complete.get_future();
    const auto before = rig.clock.now();
    collector.collect(1s, samples);
    REQUIRE(complete.wait_for(5s) == std::future_status::ready);
    CHECK(samples.all[0].target == TargetId{2});
    CHECK(samples.all[0].signal == SignalId{1});
    CHECK(samples.all[0].kind == SampleKind::scalar);
    CHECK(samples.all[0].value == 7);
    CHECK(samples.all[0].window == 60s);
    CHECK(samples.all[0].measured >= before);
    REQUIRE(rig.log->asked.size() == 1);
    CHECK(rig.log->asked[0].target == "/base/api/v1/query?query=sum%28rate%28x_total%5B1m%5D%29%29");
}

TEST_CASE("a bare selector is as old as its oldest scrape", "[prometheus]") {
    Rig rig{[](const std::string& target) {
        const bool stamp = target.find("timestamp") != std::string::npos;
        return HttpResponse{200, vector_of(stamp ? R"({"metric":{},"value":[1000,"988"]})" : R"({"metric":{},"value":[1000,"5"]})")};
    }};
    Samples samples{1};
    PrometheusCollector collector{rig.io, rig.clock, rig.server, {TargetId{0}, {{SignalId{0}, "queue_length"}}, 0ms}, {}};
    auto complete = samples.complete.get_future();
    const auto before = rig.clock.now();
    collector.collect(1s, samples);
    REQUIRE(complete.wait_for(5s) == std::future_status::ready);
    const auto after = rig.clock.now();
    CHECK(samples.all[0].value == 5);
    // Evaluated at 1000, scraped at 988: 12 s old.
    CHECK(samples.all[0].measured >= before - 12s);
    CHECK(samples.all[0].measured <= after - 12s);
    CHECK(rig.log->asked.size() == 2);
}

TEST_CASE("a bare selector whose age is no number has no value", "[prometheus]") {
    const auto* stamp = GENERATE("NaN", "+Inf", "-Inf");
    Rig rig{[stamp](const std::string& target) {
        const bool asked_for = target.find("timestamp") != std::string::npos;
        return HttpResponse{200, vector_of(R"({"metric":{},"value":[1000,")" + std::string{asked_for ? stamp : "5"} + "\"]}")};
    }};
    std::promise<Result<PrometheusReading>> answered;
    rig.io.run([&] { rig.server.ask("queue_length", 0ms, Deadline{5s}, [&](const Result<PrometheusReading>& reading) { answered.set_value(reading); }); });
    const auto reading = answered.get_future().get();
    REQUIRE_FALSE(reading);
    CHECK(reading.error().code == Errc::bad_reply);
    CHECK(reading.error().message == "its timestamp is no number");
}

TEST_CASE("the same query of two policies is asked once", "[prometheus]") {
    Rig rig{[](const std::string&) { return HttpResponse{200, vector_of(R"({"metric":{},"value":[1,"7"]})")}; }};
    Samples samples{2};
    PrometheusCollector first{rig.io, rig.clock, rig.server, {TargetId{0}, {{SignalId{0}, "sum(a)"}}, 1h}, {}};
    PrometheusCollector second{rig.io, rig.clock, rig.server, {TargetId{1}, {{SignalId{0}, "sum(a)"}}, 1h}, {}};
    auto complete = samples.complete.get_future();
    first.collect(1s, samples);
    second.collect(1s, samples);
    REQUIRE(complete.wait_for(5s) == std::future_status::ready);
    CHECK(rig.log->asked.size() == 1);
    CHECK(samples.all[0].value == 7);
    CHECK(samples.all[1].value == 7);
    CHECK(samples.all[0].target != samples.all[1].target);
}

TEST_CASE("a server that fails gives failed samples, and says so once", "[prometheus]") {
    Rig rig{[](const std::string&) -> Result<HttpResponse> { return fail(Errc::unreachable, "nobody there"); }};
    Samples samples{2};
    std::vector<std::string> told;
    PrometheusCollector collector{rig.io, rig.clock, rig.server, {TargetId{0}, {{SignalId{0}, "sum(a)"}}, 0ms},
                                  [&](SignalId, const std::optional<Error>& error) { told.push_back(error ? error->message : "well"); }};
    auto complete = samples.complete.get_future();
    collector.collect(1s, samples);
    collector.collect(1s, samples);
    REQUIRE(complete.wait_for(5s) == std::future_status::ready);
    CHECK(samples.all[0].kind == SampleKind::failed);
    CHECK(samples.all[1].kind == SampleKind::failed);
    CHECK(told == std::vector<std::string>{"nobody there"});
}

TEST_CASE("a query without a result is no data", "[prometheus]") {
    Rig rig{[](const std::string&) { return HttpResponse{200, vector_of("")}; }};
    Samples samples{1};
    PrometheusCollector collector{rig.io, rig.clock, rig.server, {TargetId{0}, {{SignalId{0}, "sum(a)"}}, 0ms}, {}};
    auto complete = samples.complete.get_future();
    collector.collect(1s, samples);
    REQUIRE(complete.wait_for(5s) == std::future_status::ready);
    CHECK(samples.all[0].kind == SampleKind::no_data);
}

TEST_CASE("credentials of a file that is gone are an error, not a request without them", "[prometheus]") {
    PrometheusSettings settings;
    settings.token_file = "/nowhere/token";
    Rig rig{[](const std::string&) { return HttpResponse{200, vector_of("")}; }, settings};
    Samples samples{1};
    PrometheusCollector collector{rig.io, rig.clock, rig.server, {TargetId{0}, {{SignalId{0}, "sum(a)"}}, 0ms}, {}};
    auto complete = samples.complete.get_future();
    collector.collect(1s, samples);
    REQUIRE(complete.wait_for(5s) == std::future_status::ready);
    CHECK(samples.all[0].kind == SampleKind::failed);
    CHECK(rig.log->asked.empty());
}

}  // namespace setpoint
