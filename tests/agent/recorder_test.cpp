// SPDX-License-Identifier: Apache-2.0
#include "agent/live/recorder.hpp"

#include <catch2/catch.hpp>
#include <spdlog/sinks/null_sink.h>

#include <fstream>
#include <sstream>

#include "policies/track.hpp"
#include "tests/support/full_disk.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

constexpr TargetId kCart{0};
constexpr Time kNow = at_unix(1'700'000'000);

std::string text_of(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

/// A policy with two queries to a server that nobody asks here.
LivePolicy cart() {
    LivePolicy policy;
    policy.spec.name = "cart";
    policy.spec.signals.push_back({.name = "rps", .dimension = Dimension::rate});
    policy.spec.signals.push_back({.name = "p95"});
    TrackSettings track;
    track.signal = "rps";
    track.average_value = 10;
    policy.spec.policies.push_back({"", track});
    policy.labels = {"app=cart"};
    PrometheusSettings server;
    server.url = "http://127.0.0.1:9";
    policy.queries = {{SignalId{0}, server, "sum(rate(x[1m]))"}, {SignalId{1}, server, "y"}};
    return policy;
}

Sample sample(std::uint16_t signal, double value, Time measured) {
    return {.target = kCart, .signal = SignalId{signal}, .kind = SampleKind::scalar, .value = value, .measured = measured};
}

struct Desk {
    TemporaryFolder folder;
    std::filesystem::path path = folder.path() / "out.jsonl";
    spdlog::logger log{"quiet", std::make_shared<spdlog::sinks::null_sink_mt>()};
    RecordingFile file = *RecordingFile::create(path.string(), RecordingFile::Existing::refuse);
    std::unique_ptr<Recorder> recorder;
    Decision ticked;

    explicit Desk(std::vector<LivePolicy> policies) {
        RecorderSettings settings;
        settings.policies = std::move(policies);
        DockerSettings engine;
        engine.endpoint.socket = (folder.path() / "none.sock").string();
        settings.where = engine;
        auto made = Recorder::make(std::move(settings), file, log);
        if (!made) FAIL(made.error().message);
        recorder = std::move(*made);
    }
    void hear(EventBody body, Duration after = 0s) { recorder->saw({kNow + after, std::move(body)}, nullptr); }
    void tick(Duration after) { recorder->saw({kNow + after, Tick{kCart, {}}}, &ticked); }
};

}  // namespace

TEST_CASE("each round becomes a line, and a round that heard nothing none", "[record]") {
    Desk desk{{cart()}};
    desk.tick(0s);
    CHECK(text_of(desk.path).empty());
    desk.hear(TargetState{kCart, 2, 1, {}});
    desk.hear(sample(0, 25, kNow - 1s));
    CHECK(text_of(desk.path).empty());
    desk.tick(1s);
    const std::string first = R"({"time":1700000001.0,"target":{"replicas":2,"ready":1},)"
                              R"("signals":{"rps":{"value":25.0,"time":1699999999.0,"window":0.0}},"pods":[]})"
                              "\n";
    CHECK(text_of(desk.path) == first);  // at once: somebody may follow
    desk.tick(2s);
    CHECK(text_of(desk.path) == first);  // an old sample is not measured again
    CHECK(desk.recorder->lines() == 1);
    CHECK(desk.recorder->silent() == std::vector<std::string>{"cart: p95"});
}

TEST_CASE("a late answer and the one in time have lines of their own", "[record]") {
    Desk desk{{cart()}};
    desk.hear(sample(0, 1, kNow - 9s));
    desk.hear(sample(0, 2, kNow - 1s), 500ms);
    desk.tick(1s);
    CHECK(text_of(desk.path) ==
          R"({"time":1700000000.5,"signals":{"rps":{"value":1.0,"time":1699999991.0,"window":0.0}}})" "\n"
          R"({"time":1700000001.0,"signals":{"rps":{"value":2.0,"time":1699999999.0,"window":0.0}}})" "\n");
}

TEST_CASE("with several policies each line says whose it is", "[record]") {
    auto shop = cart();
    shop.spec.name = "shop";
    Desk desk{{cart(), shop}};
    desk.hear(TargetState{TargetId{1}, 3, 3, {}});
    desk.ticked.target = TargetId{1};
    desk.tick(1s);
    CHECK_THAT(text_of(desk.path), Catch::Matchers::StartsWith(R"({"time":1700000001.0,"policy":"shop","target":{"replicas":3)"));
}

TEST_CASE("a file that is there is refused, unless it shall be replaced", "[record]") {
    const TemporaryFolder folder;
    const auto path = (folder.path() / "out").string();
    std::ofstream{path} << "old\n";
    const auto refused = RecordingFile::create(path, RecordingFile::Existing::refuse);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::conflict);
    CHECK_THAT(refused.error().message, Contains("is there already; --force replaces it"));
    CHECK(text_of(path) == "old\n");
    auto replaced = RecordingFile::create(path, RecordingFile::Existing::replace);
    REQUIRE(replaced);
    CHECK(replaced->append("new\n"));
    CHECK(replaced->finish());
    CHECK(text_of(path) == "new\n");
}

TEST_CASE("a line for which there was not room enough leaves no part of it", "[record]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "out";
    auto file = RecordingFile::create(path.string(), RecordingFile::Existing::refuse);
    REQUIRE(file);
    {
        const FullDisk disk{10};
        REQUIRE(file->append("12345\n"));
        REQUIRE_FALSE(file->append("678901\n"));
    }
    CHECK(text_of(path) == "12345\n");
}

TEST_CASE("a full disk is an error that says so, and a folder that is not there another", "[record]") {
    auto full = RecordingFile::create("/dev/full", RecordingFile::Existing::replace);
    REQUIRE(full);
    const auto written = full->append("x\n");
    REQUIRE_FALSE(written);
    CHECK_THAT(written.error().message, Contains("/dev/full: cannot write: No space left on device"));
    const auto nowhere = RecordingFile::create("/nonexistent/out", RecordingFile::Existing::refuse);
    REQUIRE_FALSE(nowhere);
    CHECK_THAT(nowhere.error().message, Contains("/nonexistent/out: cannot open: No such file"));
}
