// SPDX-License-Identifier: Apache-2.0
#include "collectors/docker_stats.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "tests/support/fake_engine.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;
using test::FakeEngine;
using test::Reply;

constexpr std::uint64_t kSecond = 1'000'000'000;

ContainerStats stats_at(Duration read, std::uint64_t used_ns) { return {WallTime{read}, used_ns, std::nullopt}; }

/// Waits for so many samples.
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

std::vector<Sample> collect(const FakeEngine::Script& script, int times) {
    Samples samples{static_cast<std::size_t>(times)};
    const Clock clock;
    IoThread io;
    auto docker = test::docker_on(io, script);
    DockerWatch watch{io, *docker};
    DockerStats stats{io, *docker, watch, clock, {TargetId{3}, {"app=cart"}, SignalId{1}, std::nullopt}};
    auto complete = samples.complete.get_future();
    for (int i = 0; i < times; ++i) stats.collect(1s, samples);
    complete.wait_for(5s);
    return samples.all;
}

Reply stats_reply(const std::string& read, const std::string& used) {
    return {200, R"({"read": ")" + read + R"(", "cpu_stats": {"cpu_usage": {"total_usage": )" + used + R"(}}, "memory_stats": {}})"};
}

}  // namespace

TEST_CASE("the first reading of a counter is no data, not zero", "[docker_stats]") {
    CpuMeter meter;
    const auto reading = meter.read(PodId{1}, stats_at(10s, 5 * kSecond), Time{100s});
    REQUIRE_FALSE(reading);
    CHECK(reading.error().code == Errc::no_data);
}

TEST_CASE("cores are the CPU time used over the time between two readings", "[docker_stats]") {
    CpuMeter meter;
    (void)meter.read(PodId{1}, stats_at(10s, 5 * kSecond), Time{100s});
    // 3 s of CPU time in 4 s, by the Engine's clock.
    const auto reading = meter.read(PodId{1}, stats_at(14s, 8 * kSecond), Time{104s});
    REQUIRE(reading);
    CHECK_THAT(reading->value, Catch::Matchers::WithinAbs(0.75, 1e-12));
    CHECK(reading->window == 4s);
    CHECK(reading->measured == Time{104s});
    CHECK(reading->pod == PodId{1});
}

TEST_CASE("a counter that went backwards is a restart", "[docker_stats]") {
    CpuMeter meter;
    (void)meter.read(PodId{1}, stats_at(10s, 5 * kSecond), Time{100s});
    CHECK(meter.read(PodId{1}, stats_at(14s, 1 * kSecond), Time{104s}).error().code == Errc::no_data);
    // The next one counts from there.
    CHECK_THAT(meter.read(PodId{1}, stats_at(16s, 2 * kSecond), Time{106s})->value, Catch::Matchers::WithinAbs(0.5, 1e-12));
}

TEST_CASE("an hour that only the Engine's clock says has passed makes no load nothing", "[docker_stats]") {
    CpuMeter meter;
    (void)meter.read(PodId{1}, stats_at(10s, 5 * kSecond), Time{100s});
    CHECK(meter.read(PodId{1}, stats_at(3614s, 8 * kSecond), Time{104s}).error().code == Errc::no_data);
    // The next one counts from there, also when its answer comes late.
    CHECK_THAT(meter.read(PodId{1}, stats_at(3618s, 10 * kSecond), Time{109'500ms})->value, Catch::Matchers::WithinAbs(0.5, 1e-12));
    CHECK(meter.read(PodId{1}, stats_at(22s, 12 * kSecond), Time{113s}).error().code == Errc::no_data);
}

TEST_CASE("two readings of the same instant say nothing", "[docker_stats]") {
    CpuMeter meter;
    (void)meter.read(PodId{1}, stats_at(10s, 5 * kSecond), Time{100s});
    CHECK(meter.read(PodId{1}, stats_at(10s, 6 * kSecond), Time{100s}).error().code == Errc::no_data);
}

TEST_CASE("the Engine's answers become one sample with a reading a container", "[docker_stats]") {
    const auto samples = collect(
        {{"/containers/json", {{200, R"([{"Id": "aa", "State": "running", "Labels": {"app": "cart"}}, {"Id": "bb", "State": "exited", "Labels": {"app": "cart"}}])"}}},
         {"/containers/aa/stats",
          {stats_reply("2026-01-31T08:00:00Z", "1000000000"), stats_reply("2026-01-31T08:00:05Z", "2500000000")}}},
        1);
    REQUIRE(samples.size() == 1);
    CHECK(samples[0].kind == SampleKind::no_data);  // a first reading
    CHECK(samples[0].target == TargetId{3});
    CHECK(samples[0].signal == SignalId{1});
}

TEST_CASE("an Engine that does not answer is a failed sample", "[docker_stats]") {
    const auto samples = collect({{"/containers/json", {{500, R"({"message": "no"})"}}}}, 1);
    REQUIRE(samples.size() == 1);
    CHECK(samples[0].kind == SampleKind::failed);
}

TEST_CASE("a group without running containers has no data", "[docker_stats]") {
    const auto samples = collect({{"/containers/json", {{200, R"([{"Id": "bb", "State": "exited", "Labels": {"app": "cart"}}])"}}}}, 1);
    REQUIRE(samples.size() == 1);
    CHECK(samples[0].kind == SampleKind::no_data);
}

TEST_CASE("a container that hangs leaves the others' readings alone", "[docker_stats]") {
    Samples first{1};
    const Clock clock;
    IoThread io;
    auto docker = test::docker_on(
        io, {{"/containers/json", {{200, R"([{"Id": "aa", "State": "running", "Labels": {"app": "cart"}}, {"Id": "bb", "State": "running", "Labels": {"app": "cart"}}])"}}},
             {"/containers/aa/stats",
              {stats_reply("2026-01-31T08:00:00Z", "1000000000"), stats_reply("2026-01-31T08:00:01Z", "1300000000")}},
             {"/containers/bb/stats", {{0, ""}}}});
    DockerWatch watch{io, *docker};
    DockerStats stats{io, *docker, watch, clock, {TargetId{0}, {"app=cart"}, SignalId{0}, std::nullopt}};
    auto complete = first.complete.get_future();
    stats.collect(1s, first);
    complete.wait_for(5s);
    Samples second{1};
    complete = second.complete.get_future();
    stats.collect(1s, second);
    complete.wait_for(5s);
    REQUIRE(second.all.size() == 1);
    CHECK(second.all[0].kind == SampleKind::pods);
    REQUIRE(second.all[0].pods.size() == 1);
    CHECK(second.all[0].pods[0].pod == pod_id("aa"));
    CHECK_THAT(second.all[0].pods[0].value, Catch::Matchers::WithinAbs(0.3, 1e-12));  // 0.3 s in 1 s
    CHECK(second.all[0].window == 1s);
}

}  // namespace setpoint
