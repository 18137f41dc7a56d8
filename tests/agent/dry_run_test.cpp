// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/dry_run.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "agent/replay/chart.hpp"
#include "agent/replay/machine_output.hpp"
#include "agent/replay/notes.hpp"
#include "agent/replay/report.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;

namespace {

SignalSpec signal(const std::string& name, bool per_pod = false) {
    SignalSpec spec;
    spec.name = name;
    spec.per_pod = per_pod;
    spec.dimension = per_pod ? Dimension::cores : Dimension::none;
    return spec;
}

/// Holds cpu at 70 %, every 15 s, between 1 and 20.
ScalingSpec tracking_cpu() {
    ScalingSpec spec;
    spec.name = "cart";
    spec.replicas = {1, 20};
    spec.interval = 15s;
    spec.signals = {signal("cpu", true)};
    TrackSettings track;
    track.signal = "cpu";
    track.utilization = 0.7;
    spec.policies = {{"", track}};
    return spec;
}

/// One replica for each two of rps.
ScalingSpec tracking_rps() {
    auto spec = tracking_cpu();
    spec.signals = {signal("rps")};
    TrackSettings track;
    track.signal = "rps";
    track.average_value = 2;
    spec.policies = {{"", track}};
    return spec;
}

Recording recorded(const std::string& text, const ScalingSpec& spec, const ColumnChoices& choices = {}) {
    const TemporaryFolder folder;  // tests run side by side
    const auto path = folder.path() / "recording";
    std::ofstream{path, std::ios::binary} << text;
    const auto wanted = wanted_columns(spec, choices);
    REQUIRE(wanted);
    auto recording = read_recording(path.string(), {*wanted, ""});
    if (!recording) FAIL(recording.error().message);
    return std::move(recording->recording);
}

/// `15:4(4)>6` for a size of 4 with 4 ready that becomes 6, 15 s after 1970.
struct Log : DryRunListener {
    std::string text;
    std::vector<Decision> decisions;
    void decided(const Decision& decision) override {
        text += (text.empty() ? "" : " ") + std::to_string(decision.time.time_since_epoch().count() / 1000) + ":" +
                std::to_string(decision.current) + "(" + std::to_string(decision.ready) + ")>" +
                std::to_string(decision.replicas);
        decisions.push_back(decision);
    }
};

struct Run {
    Log log;
    Score score;
};

Run run(const std::string& text, const ScalingSpec& stated) {
    const auto recording = recorded(text, stated);
    Run done;
    auto score = dry_run(adapted_to(recording, stated), recording, done.log);
    if (!score) FAIL(score.error().message);
    done.score = std::move(*score);
    return done;
}

}  // namespace

TEST_CASE("a utilization is weighed with the replicas that were recorded as ready", "[dry_run]") {
    // 1.05 / 0.7 on 4 ready replicas needs 6, however many the policy has by then.
    const auto done = run("time,cpu,ready\n0,0.7,4\n15,1.05,4\n30,1.05,4\n45,1.05,4\n", tracking_cpu());
    CHECK(done.log.text == "0:4(4)>4 15:4(4)>6 30:6(4)>6 45:6(4)>6");
    CHECK(done.score.actions() == 1);
}

TEST_CASE("a total is turned into replicas without any recorded size", "[dry_run]") {
    // 10 / 2 = 5 at once; then 18 / 2 = 9.
    const auto done = run("time,rps\n0,10\n15,18\n", tracking_rps());
    CHECK(done.log.text == "0:1(1)>5 15:5(5)>9");
}

TEST_CASE("CPU that is held by an amount for each replica is what all of them use together", "[dry_run]") {
    auto spec = tracking_cpu();
    TrackSettings track;
    track.signal = "cpu";
    track.average_value = 0.05;
    spec.policies = {{"", track}};
    // 0.24 / 0.05 = 4.8; then 0.32 / 0.05 = 6.4.
    const auto done = run("time,cpu\n0,0.24\n15,0.32\n", spec);
    CHECK(done.log.text == "0:1(1)>5 15:5(5)>7");
}

TEST_CASE("ticks keep the policy's interval where samples are sparser, and they are not stale", "[dry_run]") {
    const auto done = run("time,cpu,replicas\n0,0.7,4\n60,0.7,4\n120,0.7,4\n", tracking_cpu());
    CHECK(done.score.ticks == 9);
    CHECK(done.score.holds.empty());
    CHECK(done.score.recorded->mean() == 4);
}

TEST_CASE("a gap holds the size and is reported, never taken for no load", "[dry_run]") {
    std::string text = "time,cpu,ready\n";
    for (int i = 0; i <= 8; ++i) text += std::to_string(i * 15) + ",0.7,4\n";
    text += "600,0.7,4\n";
    const auto done = run(text, tracking_cpu());
    CHECK(done.score.actions() == 0);
    REQUIRE(done.score.holds.size() == 1);
    CHECK(done.score.holds.front().code == Code::stale);
    // Valid for 45 s after 120 s: stale from the tick at 180 s to the one at 585 s.
    CHECK(done.score.holds.front().total == 28 * 15s);
    CHECK(done.score.holds.front().times == 1);
}

TEST_CASE("a blank latency is idle while its companion rate is zero", "[dry_run]") {
    auto spec = tracking_rps();
    spec.signals.push_back(signal("p95"));
    spec.signals.back().idle_when = "rps";
    const auto done = run("time,rps,p95\n0,4,0.2\n15,0,\n30,4,\n", spec);
    REQUIRE(done.log.decisions.size() == 3);
    CHECK(done.log.decisions[1].seen[1].state == SignalState::idle);
    CHECK(done.log.decisions[2].seen[1].state == SignalState::fresh);  // the value of 30 s ago
}

TEST_CASE("a maxAge that the policy states is kept, one that it does not follows the recording", "[dry_run]") {
    auto spec = tracking_cpu();
    const auto recording = recorded("time,cpu\n0,0.7\n60,0.7\n120,0.7\n", spec);
    CHECK(adapted_to(recording, spec).signals[0].oldest_allowed() == 3min);
    spec.signals[0].max_age = 30s;
    CHECK(adapted_to(recording, spec).signals[0].oldest_allowed() == 30s);
    const auto start = start_of(recording, spec);
    REQUIRE(start);
    const auto notes = notes_on(spec, recording, *start);
    CHECK_THAT(notes.front(), Contains("do not answer to the replicas"));
    CHECK_THAT(notes.at(1), Contains("does not say how many replicas ran"));
    CHECK_THAT(notes.at(2), Contains("maxAge is 30s"));
}

TEST_CASE("a utilization recorded as percent is pointed out, and divided when asked", "[dry_run]") {
    const auto spec = tracking_cpu();
    const std::string text = "time,cpu,ready\n0,70,4\n15,70,4\n";
    const auto raw = recorded(text, spec);
    CHECK_THAT(notes_on(spec, raw, *start_of(raw, spec)).back(),
               Contains("looks like percent") && Contains("--percent cpu"));
    const auto divided = recorded(text, spec, {{}, {"cpu"}});
    CHECK_THAT(divided.columns()[0].median, WithinAbs(0.7, 1e-12));
}

TEST_CASE("a counter is pointed out, a rate that rises for a while is not", "[dry_run]") {
    const auto spec = tracking_rps();
    const auto last_note = [&](int resets_after, int idle_every) {
        std::string text = "time,rps\n";
        for (int i = 0, total = 0; i < 60; ++i) {
            total = i % resets_after == 0 ? 0 : total + (i % idle_every == 0 ? 0 : 7);
            text += std::to_string(15 * i) + "," + std::to_string(total) + "\n";
        }
        const auto recording = recorded(text, spec);
        return notes_on(spec, recording, *start_of(recording, spec)).back();
    };
    CHECK_THAT(last_note(40, 5), Contains("rps looks like a counter"));   // one reset
    CHECK_THAT(last_note(100, 5), Contains("rps looks like a counter"));  // none
    CHECK_THAT(last_note(20, 5), !Contains("counter"));  // falls after every 19 steps: a saw tooth
    CHECK_THAT(last_note(100, 1), !Contains("counter"));  // never moves
}

TEST_CASE("a choice for a signal that the policy does not have is an error", "[dry_run]") {
    const auto mapped = wanted_columns(tracking_cpu(), {{{"cpus", "x"}}, {}});
    REQUIRE(!mapped);
    CHECK(mapped.error().message == "--map cpus=x: the policy has no signal 'cpus'; it has cpu; the recorded sizes are replicas and ready");
    CHECK(!wanted_columns(tracking_cpu(), {{}, {"x"}}));
}

TEST_CASE("a recording over impossible times is refused rather than replayed for hours", "[dry_run]") {
    const auto spec = tracking_rps();
    const auto recording = recorded("time,rps\n0001-01-01T00:00:00Z,1\n2026-01-01T00:00:00Z,2\n", spec);
    Log log;
    const auto done = dry_run(adapted_to(recording, spec), recording, log);
    REQUIRE(!done);
    CHECK_THAT(done.error().message, Contains("0001-01-01") && Contains("is a time wrong?"));
}

TEST_CASE("actions, reversals and replica-hours are counted", "[dry_run]") {
    Scorer scorer;
    Replicas size = 2;
    for (const Replicas to : {4, 4, 6, 3, 3, 5}) {
        Decision decision;
        decision.health = Health::active;
        decision.current = size;
        decision.replicas = to;
        decision.apply = to != size;
        size = to;
        scorer.add(decision, 30min);
    }
    const auto score = scorer.finish();
    CHECK(score.ups == 3);
    CHECK(score.downs == 1);
    CHECK(score.reversals == 2);  // down after up, up after down
    CHECK(score.size.min == 3);
    CHECK(score.size.max == 6);
    CHECK_THAT(score.size.replica_hours, WithinAbs(12.5, 1e-9));
    CHECK_THAT(score.actions_per_day(), WithinAbs(32, 1e-9));  // 4 in 3 hours
}

TEST_CASE("a chart draws means as bars, peaks as shade, and nothing known as a dot", "[dry_run]") {
    Stretches series{at_unix(0), at_unix(30), 10s, 4};
    series.add(at_unix(0), 8);   // full height
    series.add(at_unix(10), 2);  // mean 3 of 8, highest 4
    series.add(at_unix(11), 4);
    series.add(at_unix(30), 0);  // known, and zero
    const ChartLook look{4, 2, 8, {}, Ink::signal, [](double v) { return std::to_string(static_cast<int>(v)); }};
    CHECK(chart(series, look, {false, true, 80}) == "      8 ┤█   \n      0 ┤█▆·▁\n");
    CHECK(chart(series, look, {false, false, 80}) == "      8 +#   \n      0 +##._\n");
}

TEST_CASE("a report says what was odd, what was decided, and what not to believe", "[dry_run]") {
    const auto spec = tracking_cpu();
    const auto recording = recorded("time,cpu,ready\n0,0.7,4\n15,1.05,4\n30,,4\n45,1.05,4\n45,0.7,4\n", spec);
    const auto replayed = adapted_to(recording, spec);
    const DryRunSubject subject{spec, replayed, recording, *start_of(recording, replayed), "shop.csv", "CSV"};
    Report report{subject, {false, false, 80}, Listing::ends};
    const auto score = dry_run(replayed, recording, report);
    REQUIRE(score);
    const auto text = report.text(*score);
    CHECK_THAT(text, Contains("cart on shop.csv") &&
                         Contains("1 cell is blank: missing, never zero (first in line 4)") &&
                         Contains("1 row has the time of another row: the later one counts (first in line 6)") &&
                         Contains("1970-01-01 00:00:15    4 > 6") && Contains("asks for 6") &&
                         Contains("1 up, 0 down") && Contains("do not answer to the replicas"));
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        INFO(line);
        CHECK(line.size() <= 80);
        CHECK(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; }));
    }
    Report narrow{subject, {false, false, 50}, Listing::ends};
    const auto again = dry_run(replayed, recording, narrow);
    REQUIRE(again);
    std::istringstream short_lines{narrow.text(*again)};
    for (std::string line; std::getline(short_lines, line);) {
        INFO(line);
        CHECK(line.size() <= 50);
    }
}

TEST_CASE("JSON and CSV hold every decision", "[dry_run]") {
    const auto spec = tracking_cpu();
    const auto recording = recorded("time,cpu,ready\n0,0.7,4\n15,1.05,4\n30,1.05,4\n", spec);
    const auto replayed = adapted_to(recording, spec);
    const DryRunSubject subject{spec, replayed, recording, *start_of(recording, replayed), "shop \"1\".csv", "CSV"};
    std::ostringstream json_text;
    JsonOutput json{subject, json_text};
    const auto score = dry_run(replayed, recording, json);
    REQUIRE(score);
    json.finish(*score);
    const auto read_back = nlohmann::json::parse(json_text.str());
    CHECK(read_back["policy"] == "cart");
    CHECK(read_back["recording"]["file"] == "shop \"1\".csv");
    REQUIRE(read_back["decisions"].size() == 3);
    CHECK(read_back["decisions"][1]["time"] == 15);
    CHECK(read_back["decisions"][1]["replicas"] == 4);
    CHECK(read_back["decisions"][1]["ready"] == 4);
    CHECK(read_back["decisions"][1]["desired"] == 6);
    CHECK(read_back["decisions"][1]["code"] == "ratio");
    CHECK(read_back["score"]["actions"] == 1);
    std::ostringstream csv_text;
    CsvOutput csv{subject, csv_text};
    REQUIRE(dry_run(replayed, recording, csv));
    CHECK_THAT(csv_text.str(), Contains("time,replicas,ready,desired,code,reason\n") &&
                                   Contains("\n1970-01-01T00:00:15Z,4,4,6,ratio,\"cpu at 1.05"));
}
