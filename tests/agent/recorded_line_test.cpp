// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/recorded_line.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <limits>

#include "agent/decide/input.hpp"
#include "agent/replay/dry_run.hpp"
#include "agent/replay/read_recording.hpp"
#include "policies/track.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

constexpr Time kNow = at_unix(1'700'000'000.5);

ScalingSpec cart() {
    ScalingSpec spec;
    spec.name = "cart";
    spec.replicas = {1, 10};
    spec.interval = 1s;
    spec.signals.push_back({.name = "rps", .dimension = Dimension::rate});
    spec.signals.push_back({.name = "cpu", .dimension = Dimension::cores, .per_pod = true});
    TrackSettings track;
    track.signal = "cpu";
    track.utilization = 0.5;
    spec.policies.push_back({"track.cpu", track});
    return spec;
}

Sample rps(double value, Time measured, Duration window) {
    return {.signal = SignalId{0}, .kind = SampleKind::scalar, .value = value, .measured = measured, .window = window};
}

Pod pod(const char* name, double cores, bool ready = true) {
    Pod made;
    made.id = pod_id(name);
    made.name = name;
    made.ready = ready;
    made.started_at = kNow - 60s;
    made.requests = {cores, {}};
    made.limits = {cores, {}};
    return made;
}

/// 0.03 of 0.1 cores and 0.09 of 0.2: 0.12 of 0.3 is 40 %.
Sample cpu() {
    Sample sample{.signal = SignalId{1}, .kind = SampleKind::pods, .measured = kNow - 200ms, .window = 2s};
    sample.pods = {{pod_id("a"), 0.03, kNow - 300ms, 2s}, {pod_id("b"), 0.09, kNow - 200ms, 2s}};
    return sample;
}

ReadRecording read_back(const std::string& text, const std::string& policy = "cart") {
    const TemporaryFolder folder;
    std::ofstream{folder.path() / "recording"} << text;
    ReadOptions options;
    options.wanted = *wanted_columns(cart(), {});
    options.policy = policy;
    auto read = read_recording((folder.path() / "recording").string(), options);
    if (!read) FAIL(read.error().message);
    return std::move(*read);
}

}  // namespace

TEST_CASE("a round is a line with what was heard, each value with its own time and window", "[record]") {
    const Heard heard{kNow, "", TargetState{{}, 4, 3, 5}, {rps(812.5, kNow - 10s, 60s)}};
    CHECK(recorded_line(heard, cart(), {}) ==
          R"({"time":1700000000.5,"target":{"replicas":4,"ready":3,"status":5},)"
          R"("signals":{"rps":{"value":812.5,"time":1699999990.5,"window":60.0}},"pods":[]})"
          "\n");
}

TEST_CASE("what was not heard is left out, and a source without an answer is null, never zero", "[record]") {
    Heard heard{kNow, "cart", std::nullopt, {}};
    CHECK(recorded_line(heard, cart(), {}) == "{\"time\":1700000000.5,\"policy\":\"cart\",\"signals\":{}}\n");
    heard.samples = {{.signal = SignalId{0}, .kind = SampleKind::failed}, {.signal = SignalId{1}, .kind = SampleKind::no_data}};
    CHECK(recorded_line(heard, cart(), {}) == R"({"time":1700000000.5,"policy":"cart","signals":{"rps":null,"cpu":null}})" "\n");
    heard.samples = {rps(std::numeric_limits<double>::quiet_NaN(), kNow, 0s)};
    CHECK_THAT(recorded_line(heard, cart(), {}), Contains(R"("rps":{"value":null,)"));
}

TEST_CASE("CPU is recorded as the utilization of those that serve, and beside it as the cores of each", "[record]") {
    const std::vector<Pod> pods{pod("a", 0.1), pod("b", 0.2), pod("c", 0.1, false)};
    const auto value = recorded_value(cpu(), cart().signals[1], pods);
    REQUIRE(value);
    CHECK_THAT(*value, Catch::Matchers::WithinAbs(0.4, 1e-12));
    const auto line = recorded_line({kNow, "", TargetState{{}, 3, 2, {}}, {cpu()}}, cart(), pods);
    CHECK_THAT(line, Contains(R"({"name":"b","phase":"Running","ready":true,"startedAt":1699999940.5,)"
                              R"("requests":{"cpu":0.2},"limits":{"cpu":0.2},)"
                              R"("signals":{"cpu":{"value":0.09,"time":1700000000.3,"window":2.0}}})"));
    CHECK_THAT(line, Contains(R"({"name":"c","phase":"Running","ready":false,)"));
    CHECK_FALSE(recorded_value(cpu(), cart().signals[1], std::vector{pod("a", 0)}));
}

TEST_CASE("decide reads a recorded line: the pods' own values, not the mean beside them", "[record]") {
    const auto line = recorded_line({kNow, "", TargetState{{}, 2, 2, {}}, {rps(7, kNow, 0s), cpu()}}, cart(),
                                    std::vector{pod("a", 0.1), pod("b", 0.2)});
    const auto input = parse_decide_line(line.substr(0, line.size() - 1), cart());
    REQUIRE(input);
    REQUIRE(input->samples.size() == 2);
    CHECK(input->samples[1].kind == SampleKind::pods);
    REQUIRE(input->samples[1].pods.size() == 2);
    CHECK(input->samples[1].pods[1].value == 0.09);
    CHECK(input->samples[1].pods[1].measured == kNow - 200ms);
    REQUIRE(input->pods);
    CHECK(input->pods->front().started_at == kNow - 60s);
}

TEST_CASE("dry-run reads recorded lines: samples at their own times, with their windows, and the sizes", "[record]") {
    const std::vector<Pod> pods{pod("a", 0.1), pod("b", 0.2)};
    std::string text;
    for (int i = 0; i < 4; ++i) {
        auto sample = cpu();
        sample.measured += i * 5s;
        Heard heard{kNow + i * 5s, "", TargetState{{}, 4 + i, 3 + i, {}}, {rps(100 + i, kNow + i * 5s - 1s, 30s), sample}};
        if (i == 2) heard.state.reset();
        text += recorded_line(heard, cart(), pods);
    }
    const auto read = read_back(text);
    CHECK(read.format == RecordingFormat::json_lines);
    CHECK(read.recording.problems().list().empty());
    const auto columns = read.recording.columns();  // rps, cpu, replicas, ready
    CHECK(columns[0].values == 4);
    CHECK(columns[0].window == 30s);
    CHECK(columns[0].step == 5s);
    CHECK(columns[1].window == 2s);
    CHECK_THAT(columns[1].median, Catch::Matchers::WithinAbs(0.4, 1e-12));
    CHECK(columns[2].values == 3);
    CHECK(columns[2].max == 7);
    CHECK(read.recording.first() == kNow - 1s);
    const auto start = start_of(read.recording, cart());
    REQUIRE(start);
    CHECK(start->replicas == 4);  // though the first sample is older than the first size
    CHECK(start->ready == DryRunStart::Ready::recorded_ready);
}

TEST_CASE("held by an amount for each replica, CPU is what the replicas that serve use together", "[record]") {
    auto spec = cart();
    TrackSettings track;
    track.signal = "cpu";
    track.average_value = 0.05;
    spec.policies = {{"track.cpu", track}};
    REQUIRE(is_summed(spec, spec.signals[1]));
    CHECK_FALSE(is_summed(spec, spec.signals[0]));
    CHECK_FALSE(is_summed(cart(), cart().signals[1]));
    // Without limits there is no utilization. The third does not serve.
    std::vector<Pod> pods{pod("a", 0), pod("b", 0), pod("c", 0, false)};
    for (auto& one : pods) one.requests = one.limits = {};
    auto sample = cpu();
    sample.pods.push_back({pod_id("c"), 5.0, kNow, 2s});
    CHECK(recorded_sum(sample, pods) == 0.12);
    const TemporaryFolder folder;
    std::ofstream{folder.path() / "recording"} << recorded_line({kNow, "", TargetState{{}, 2, 2, {}}, {sample}}, spec, pods);
    ReadOptions options;
    options.wanted = *wanted_columns(spec, {});
    const auto read = read_recording((folder.path() / "recording").string(), options);
    REQUIRE(read);
    CHECK(read->recording.columns()[1].values == 1);
    CHECK(read->recording.columns()[1].max == 0.12);
    CHECK(read->recording.columns()[1].window == 2s);
    CHECK(read->recording.problems().list().empty());
    CHECK_FALSE(adapted_to(read->recording, spec).signals[1].per_pod);  // 0.12 of 0.05 each: 2.4 replicas
}

TEST_CASE("of a recording of several policies only the wanted one's lines count", "[record]") {
    const std::string text = recorded_line({kNow, "cart", {}, {rps(1, kNow, 0s), cpu()}}, cart(), {}) +
                             recorded_line({kNow, "shop", {}, {rps(9, kNow, 0s), cpu()}}, cart(), {}) +
                             recorded_line({kNow + 1s, "cart", {}, {rps(2, kNow + 1s, 0s)}}, cart(), {});
    const auto read = read_back(text);
    CHECK(read.recording.rows() == 3);  // the sample of cpu has a row of its own time
    CHECK(read.recording.columns()[0].max == 2);

    const TemporaryFolder folder;
    std::ofstream{folder.path() / "recording"} << text;
    ReadOptions options;
    options.wanted = *wanted_columns(cart(), {});
    options.policy = "web";
    const auto none = read_recording((folder.path() / "recording").string(), options);
    REQUIRE_FALSE(none);
    CHECK_THAT(none.error().message, Contains("has nothing of the policy 'web'; it has: cart, shop"));
}
