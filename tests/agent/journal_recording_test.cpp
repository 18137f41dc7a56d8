// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/recording.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "agent/journal/writer.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

ScalingSpec policy(const std::string& name) {
    ScalingSpec spec;
    spec.name = name;
    spec.replicas = {1, 20};
    SignalSpec cpu;
    cpu.name = "cpu";
    cpu.per_pod = true;
    cpu.dimension = Dimension::cores;
    SignalSpec rps;
    rps.name = "rps";
    spec.signals = {cpu, rps};
    TrackSettings track;
    track.signal = "cpu";
    track.utilization = 0.7;
    spec.policies = {{"", track}};
    return spec;
}

Pod ready_pod(const std::string& name) {
    Pod pod;
    pod.id = pod_id(name);
    pod.name = name;
    pod.ready = true;
    pod.requests.cpu = 0.5;
    return pod;
}

Sample cores(TargetId target, double first, double second, Time at) {
    Sample sample;
    sample.target = target;
    sample.kind = SampleKind::pods;
    sample.measured = at;
    sample.pods = {{pod_id("a"), first, at, 15s}, {pod_id("b"), second, at, 15s}};
    return sample;
}

Sample rate(SampleKind kind, double value, Time at) {
    Sample sample;
    sample.signal = SignalId{1};
    sample.kind = kind;
    sample.value = value;
    sample.measured = at;
    return sample;
}

/// Two policies; of the first, two pods with half a core each, and a few samples.
void write_journal(const std::filesystem::path& folder) {
    auto journal = JournalWriter::open({folder});
    REQUIRE(journal);
    Reducer reducer;
    const auto record = [&](const Event& event) {
        const Decision* decision = reducer.reduce(event);
        (*journal)->record(event, decision, reducer);
    };
    const Time start = at_unix(1000);
    const TargetId other{1};
    record({start, *configuration({policy("cart"), policy("checkout")})});
    record({start, TargetState{{}, 3, 2, {}}});
    record({start, PodDelta{{}, false, ready_pod("a")}});
    record({start, PodDelta{{}, false, ready_pod("b")}});
    record({start + 15s, cores({}, 0.3, 0.4, start + 14s)});
    record({start + 15s, cores(other, 9, 9, start + 14s)});
    record({start + 20s, rate(SampleKind::scalar, 50, start + 20s)});
    record({start + 30s, rate(SampleKind::failed, 0, {})});
    record({start + 30s, Tick{{}, WallTime{30s}}});
}

ReadOptions wanting(const std::vector<std::string>& names) {
    ReadOptions options;
    for (const auto& name : names) options.wanted.push_back({name, name});
    return options;
}

}  // namespace

TEST_CASE("a journal is a recording of what its policy saw", "[journal_recording]") {
    const TemporaryFolder folder;
    write_journal(folder.path());
    REQUIRE(is_journal(folder.path().string()));
    const auto recording =
        read_journal_recording(folder.path().string(), "cart", wanting({"cpu", "rps", "replicas", "ready"}));
    REQUIRE(recording);
    auto reader = recording->read();
    const auto read_block = reader.next();
    REQUIRE(read_block);
    const Block& block = **read_block;
    REQUIRE(block.times == std::vector<std::int64_t>{1'000'000, 1'014'000, 1'020'000, 1'030'000});
    CHECK(block.columns[2][0] == 3);
    CHECK(block.columns[3][0] == 2);
    CHECK_THAT(block.columns[0][1], Catch::Matchers::WithinAbs(0.7, 1e-12));  // (0.3 + 0.4) / (0.5 + 0.5)
    CHECK(is_unsaid(block.columns[1][1]));
    CHECK(block.columns[1][2] == 50);
    CHECK(std::isnan(block.columns[1][3]));
    CHECK(!is_unsaid(block.columns[1][3]));
}

TEST_CASE("a journal without the policy or the signal says what it has", "[journal_recording]") {
    const TemporaryFolder folder;
    write_journal(folder.path());
    const auto strange = read_journal_recording(folder.path().string(), "shop", wanting({"cpu"}));
    REQUIRE(!strange);
    CHECK_THAT(strange.error().message, Contains("'shop'") && Contains("cart, checkout"));
    const auto missing = read_journal_recording(folder.path().string(), "cart", wanting({"p95"}));
    REQUIRE(!missing);
    CHECK_THAT(missing.error().message, Contains("no column 'p95'") && Contains("cpu, rps"));
    CHECK(!is_journal("/nonexistent"));
}

TEST_CASE("a journal without any sample says so in a sentence", "[journal_recording]") {
    CHECK(nothing_of("web", {}).message == "has nothing of the policy 'web', nor of any other: there is no sample in it");
    CHECK(nothing_of("web", {"cart"}).message == "has nothing of the policy 'web'; it has: cart");
}
