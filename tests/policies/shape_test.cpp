// SPDX-License-Identifier: Apache-2.0
#include "policies/shape.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "core/codec.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

Time at(Duration since_start) { return at_unix(1'700'000'000) + since_start; }

constexpr Bounds kBounds{1, 100};

ScalingSpec with_windows(std::int64_t up, std::int64_t down) {
    ScalingSpec spec;
    spec.behavior.emplace();
    spec.behavior->scale_up.stabilization_window_seconds = up;
    spec.behavior->scale_down.stabilization_window_seconds = down;
    return spec;
}

/// A shaper that is asked at times, at a size that does not change by itself.
struct Bench {
    Shaper shaper;
    std::vector<Limit> limits{};
    Replicas ask(Duration when, Replicas current, Replicas wanted, Bounds bounds = kBounds) {
        limits.clear();
        return shaper.shape(at(when), current, wanted, bounds, limits);
    }
};

}  // namespace

TEST_CASE("without a behavior, HPA's defaults hold", "[shape]") {
    const auto rules = effective_behavior(ScalingSpec{});
    CHECK(rules.scale_up.stabilization_window_seconds == 0);
    CHECK(rules.scale_down.stabilization_window_seconds == 300);
    CHECK(rules.scale_up.policies == std::vector<ScalingRule>{{ScalingRule::Type::percent, 100, 15}, {ScalingRule::Type::pods, 4, 15}});
    CHECK(rules.scale_down.policies == std::vector<ScalingRule>{{ScalingRule::Type::percent, 100, 15}});
}

TEST_CASE("a dip shorter than the window does not scale down", "[shape]") {
    const auto interval = GENERATE(1s, 5s, 15s, 30s);
    Bench bench{Shaper{ScalingSpec{}}};
    CHECK(bench.ask(0s, 10, 10) == 10);
    for (Duration t = interval; t < 300s; t += interval) {
        REQUIRE(bench.ask(t, 10, 3) == 10);
        REQUIRE(bench.limits.front().reason.code == Code::stabilized_down);
    }
    // With one wish in 15 s it is forgotten at once, with several less than 15 s later.
    if (interval >= 15s) CHECK(bench.ask(300s, 10, 3) == 3);
    CHECK(bench.ask(315s, 10, 3) == 3);
}

TEST_CASE("the window keeps the highest wish of late", "[shape]") {
    Bench bench{Shaper{with_windows(0, 60)}};
    static_cast<void>(bench.ask(0s, 10, 4));
    static_cast<void>(bench.ask(30s, 10, 7));
    CHECK(bench.ask(70s, 10, 3) == 7);
    CHECK(bench.ask(100s, 10, 3) == 3);
}

TEST_CASE("a scale-up window waits for the lowest wish of late", "[shape]") {
    Bench bench{Shaper{with_windows(60, 0)}};
    CHECK(bench.ask(0s, 2, 5) == 2);
    CHECK(bench.limits.front().reason.code == Code::stabilized_up);
    CHECK(bench.ask(30s, 2, 6) == 2);
    CHECK(bench.ask(64s, 2, 7) == 6);
}

TEST_CASE("a gap restarts the windows from the size at its end", "[shape]") {
    Bench bench{Shaper{ScalingSpec{}}};
    static_cast<void>(bench.ask(0s, 10, 3));
    static_cast<void>(bench.ask(290s, 10, 3));
    bench.shaper.gap();
    CHECK(bench.ask(400s, 10, 3) == 10);
    CHECK(bench.ask(690s, 10, 3) == 10);
    CHECK(bench.ask(716s, 10, 3) == 3);
}

TEST_CASE("the rate counts what was accepted within the period", "[shape]") {
    Bench bench{Shaper{ScalingSpec{}}};
    CHECK(bench.ask(0s, 10, 50) == 20);
    CHECK(bench.limits.back().reason.code == Code::rate_up);
    bench.shaper.scaled(at(0s), 10, 20);
    CHECK(bench.ask(5s, 20, 50) == 20);
    CHECK(bench.ask(14s, 20, 50) == 20);
    CHECK(bench.ask(15s, 20, 50) == 40);
}

TEST_CASE("from zero a percentage still lets one start", "[shape]") {
    auto spec = with_windows(0, 0);
    spec.behavior->scale_up.policies = {{ScalingRule::Type::percent, 100, 15}};
    Bench bench{Shaper{spec}};
    CHECK(bench.ask(0s, 0, 5, {0, 10}) == 1);
    spec.behavior->scale_up.select = ScalingRules::Select::disabled;
    Bench disabled{Shaper{spec}};
    CHECK(disabled.ask(0s, 0, 5, {0, 10}) == 0);
}

TEST_CASE("many changes within a long period are remembered in bounded room", "[shape]") {
    auto spec = with_windows(0, 0);
    spec.behavior->scale_up.policies = {{ScalingRule::Type::pods, 100, 1800}};
    Bench bench{Shaper{spec}};
    for (int i = 0; i < 1000; ++i) bench.shaper.scaled(at(std::chrono::seconds{i}), i % 2 == 0 ? 10 : 12, i % 2 == 0 ? 12 : 10);
    for (int i = 0; i < 1000; ++i) bench.shaper.scaled(at(1000s + std::chrono::milliseconds{i}), i, i + 1);
    std::string bytes;
    Encoder encoder{bytes};
    encoder.state("shaper", bench.shaper);
    CHECK(bytes.size() < 4096);
}

TEST_CASE("no size leaves the bounds, rises above every wish or moves against the wish", "[shape]") {
    std::mt19937 random{11};
    std::uniform_int_distribution<int> size{0, 60};
    for (const Compat compat : {Compat::none, Compat::hpa}) {
        auto spec = with_windows(30, 90);
        spec.compat = compat;
        Bench bench{Shaper{spec}};
        Replicas current = 10;
        const Bounds bounds{2, 50};
        bench.shaper.met(at(0s), current);
        for (int i = 0; i < 3000; ++i) {
            const Duration now = std::chrono::seconds{5 * i};
            const Replicas wanted = size(random);
            const Replicas got = bench.ask(now, current, wanted, bounds);
            CHECK(got >= bounds.min);
            CHECK(got <= bounds.max);
            if (wanted >= current) CHECK(got >= current);
            if (wanted <= current) CHECK(got <= current);
            Replicas last = wanted;
            for (const auto& limit : bench.limits) {
                CHECK(limit.from == last);
                last = limit.to;
            }
            CHECK(last == got);
            bench.shaper.scaled(at(now), current, got);
            current = got;
        }
    }
}

TEST_CASE("a larger wish never gives a smaller size", "[shape]") {
    std::mt19937 random{12};
    std::uniform_int_distribution<int> size{0, 60};
    for (int round = 0; round < 200; ++round) {
        Shaper past{with_windows(30, 90)};
        std::vector<Limit> limits;
        for (int i = 0; i < 10; ++i) static_cast<void>(past.shape(at(std::chrono::seconds{7 * i}), 10, size(random), kBounds, limits));
        Replicas before = 0;
        for (Replicas wanted = 0; wanted < 60; ++wanted) {
            Shaper copy = past;
            const Replicas got = copy.shape(at(80s), 10, wanted, kBounds, limits);
            CHECK(got >= before);
            before = got;
        }
    }
}

TEST_CASE("a shaper's state survives, and windows of other settings start anew", "[shape]") {
    const Compat compat = GENERATE(Compat::none, Compat::hpa);
    auto spec = with_windows(0, 300);
    spec.compat = compat;
    Bench before{Shaper{spec}};
    before.shaper.met(at(0s), 10);
    static_cast<void>(before.ask(0s, 10, 10));
    static_cast<void>(before.ask(60s, 10, 8));
    before.shaper.scaled(at(60s), 10, 12);
    std::string bytes;
    Encoder encoder{bytes};
    encoder.state("shaper", before.shaper);

    Bench after{Shaper{spec}};
    Decoder decoder{bytes};
    decoder.state("shaper", after.shaper);
    CHECK(decoder.ok());
    CHECK(after.ask(70s, 12, 3) == before.ask(70s, 12, 3));
    CHECK(after.ask(71s, 12, 50) == before.ask(71s, 12, 50));

    spec.behavior->scale_down.stabilization_window_seconds = 100;
    Bench changed{Shaper{spec}};
    Decoder again{bytes};
    again.state("shaper", changed.shaper);
    CHECK(changed.ask(120s, 10, 3) <= 10);
}
