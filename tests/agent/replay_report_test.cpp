// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "agent/journal/samples.hpp"
#include "agent/journal/replay_report.hpp"
#include "tests/agent/random_events.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

const Time kStart{1'767'225'600s};  // 2026-01-01T00:00:00Z

/// A reducer with the target `cart` at 3 replicas and no signal, and one step of its replay.
struct Replayed {
    Reducer reducer;
    Event event;

    Replayed() {
        (void)reducer.reduce({kStart, *configuration(RandomEvents::specs())});
        (void)reducer.reduce({kStart, TargetState{TargetId{0}, 3, 3, {}}});
    }
    std::string line(ReplayReport& report, Time time, Verdict verdict) {
        event = {time, Tick{TargetId{0}, WallTime{time.time_since_epoch()}}};
        const Decision* decision = reducer.reduce(event);
        return report.line({reducer, event, decision, Outcome{0, 7, Code::ratio, Health::active, true}, verdict});
    }
};

Sample sample(SignalId signal, Time measured, double value) {
    return {TargetId{}, signal, SampleKind::scalar, value, measured, 0s, {}};
}

}  // namespace

TEST_CASE("a replay prints a decision once, with its reason", "[replay]") {
    Replayed replayed;
    ReplayReport report{ReplayFormat::table, {}};
    CHECK(replayed.line(report, kStart + 5s, Verdict::same) ==
          "2026-01-01T00:00:05Z      cart                       3 -> 3       cpu has no data\n");
    CHECK(replayed.line(report, kStart + 10s, Verdict::same).empty());
    CHECK(report.ticks() == 2);
    CHECK(report.otherwise() == 0);
}

TEST_CASE("a size that nobody has seen is no zero", "[replay]") {
    Replayed replayed;
    replayed.reducer = {};
    (void)replayed.reducer.reduce({kStart, *configuration(RandomEvents::specs())});
    ReplayReport report{ReplayFormat::table, {}};
    CHECK(replayed.line(report, kStart + 5s, Verdict::same) ==
          "2026-01-01T00:00:05Z      cart                       ? -> ?       the target's size has not been seen yet\n");
    ReplayReport json{ReplayFormat::json, {}};
    const auto line = replayed.line(json, kStart + 10s, Verdict::same);
    CHECK(line.find(R"("replicas":null)") != std::string::npos);
    CHECK(line.find(R"("current":null,"ready":null,"wanted":null)") != std::string::npos);
}

TEST_CASE("a replay shows what is decided otherwise beside the record", "[replay]") {
    Replayed replayed;
    ReplayReport report{ReplayFormat::table, {}};
    (void)replayed.line(report, kStart + 5s, Verdict::same);
    const auto lines = replayed.line(report, kStart + 10s, Verdict::otherwise);
    CHECK(lines.find("3 -> 3") != std::string::npos);
    CHECK(lines.find("otherwise: 7 (ratio) is on record") != std::string::npos);
    CHECK(report.otherwise() == 1);
    ReplayReport json{ReplayFormat::json, {}};
    CHECK(replayed.line(json, kStart + 15s, Verdict::otherwise).find(R"("recorded":{"replicas":7,"code":"ratio","apply":true})") !=
          std::string::npos);
}

TEST_CASE("a replay keeps to the times and the policy asked for", "[replay]") {
    Replayed replayed;
    ReplayReport later{ReplayFormat::table, {kStart + 6s, {}, {}}};
    CHECK(replayed.line(later, kStart + 5s, Verdict::otherwise).empty());
    CHECK(!replayed.line(later, kStart + 6s, Verdict::same).empty());
    ReplayReport other{ReplayFormat::table, {{}, {}, "mail"}};
    CHECK(replayed.line(other, kStart + 10s, Verdict::otherwise).empty());
    CHECK(other.ticks() == 0);
}

TEST_CASE("a recording gives the CPU of pods as the share of what they request") {
    Pod small;
    small.id = PodId{1};
    small.requests.cpu = 0.5;
    Pod large;
    large.id = PodId{2};
    large.requests.cpu = 2;
    const std::vector<Pod> pods{small, large};
    Sample sample;
    sample.kind = SampleKind::pods;
    sample.pods = {{PodId{1}, 0.25, {}, {}}, {PodId{2}, 0.5, {}, {}}, {PodId{3}, 0.1, {}, {}}};
    const auto shares = as_utilization(sample, {Dimension::cores}, pods);
    CHECK(shares.pods[0].value == 0.5);
    CHECK(shares.pods[1].value == 0.25);
    CHECK(shares.pods[2].value == 0.2);  // not known: as the first
    CHECK(as_utilization(sample, {Dimension::cores}, {}).pods[0].value == 0.25);
    CHECK(as_utilization(sample, {Dimension::none}, pods).pods[0].value == 0.25);
}

TEST_CASE("samples become the rows of a recording", "[replay]") {
    SampleTable table{{"cpu", "rate"}};
    CHECK(table.header() == "time,replicas,ready,cpu,rate\n");
    CHECK(!table.take(sample(SignalId{0}, kStart, 0.5), "cpu"));
    CHECK(table.take(sample(SignalId{0}, kStart + 5s, 0.25), "cpu") == "2026-01-01T00:00:00Z,,,0.5,\n");
    table.take(TargetState{TargetId{}, 4, 3, {}});
    CHECK(!table.take(sample(SignalId{1}, kStart + 5s, 12), "rate"));
    CHECK(!table.take(sample(SignalId{2}, kStart + 6s, 1), "unknown"));

    Sample pods{TargetId{}, SignalId{0}, SampleKind::pods, 0, kStart + 10s, 0s, {}};
    pods.pods = {{PodId{1}, 0.2, kStart + 10s, 0s}, {PodId{2}, 0.6, kStart + 9s, 0s}};
    CHECK(table.take(pods, "cpu") == "2026-01-01T00:00:05Z,4,3,0.25,12\n");
    CHECK(table.take({TargetId{}, SignalId{0}, SampleKind::failed, 0, kStart + 15s, 0s, {}}, "cpu") ==
          "2026-01-01T00:00:10Z,4,3,0.4,\n");
    CHECK(table.finish() == "2026-01-01T00:00:15Z,4,3,,\n");
    CHECK(!table.finish());
}
