// SPDX-License-Identifier: Apache-2.0
// The facts of HPA's own tables for its behavior: what goes in, which size comes out, and which limit
// is named.
#include <catch2/catch.hpp>
#include <vector>

#include "policies/shape.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

Time at(Duration since_start) { return at_unix(1'700'000'000) + since_start; }

ScalingRule pods(std::int64_t value, std::int64_t period) { return {ScalingRule::Type::pods, value, period}; }
ScalingRule share(std::int64_t value, std::int64_t period) { return {ScalingRule::Type::percent, value, period}; }

ScalingSpec hpa(Behavior behavior) {
    ScalingSpec spec;
    spec.compat = Compat::hpa;
    spec.behavior = std::move(behavior);
    return spec;
}

/// Changes spread over the two minutes before `now`, each in the middle of its share.
std::vector<std::pair<Duration, int>> spread(const std::vector<int>& changes) {
    std::vector<std::pair<Duration, int>> out;
    const double share = 120.0 / static_cast<double>(changes.size());
    for (std::size_t i = 0; i < changes.size(); ++i) {
        out.emplace_back(from_seconds(share * (static_cast<double>(i) + 0.5)), changes[i]);
    }
    return out;
}

struct RateCase {
    const char* name;
    Bounds bounds;
    std::vector<ScalingRule> up;
    std::vector<ScalingRule> down;
    std::vector<int> added;
    std::vector<int> removed;
    Replicas current;
    Replicas desired;
    Replicas expected;
    Code limit;
};

const std::vector<RateCase> kRates{
    {"within range", {3, 8}, {}, {}, {}, {}, 5, 7, 7, Code::none},
    {"below min", {2, 8}, {}, {}, {}, {}, 3, 1, 2, Code::at_min},
    {"to zero where min is zero", {0, 10}, {}, {}, {}, {}, 1, 0, 0, Code::none},
    {"max below the rate", {1, 10}, {}, {}, {}, {}, 20, 1000, 10, Code::at_max},
    {"above max", {100, 150}, {}, {}, {}, {}, 100, 1000, 150, Code::at_max},
    {"one percent of three still adds one", {1, 2000}, {share(1, 60)}, {}, {}, {}, 3, 1000, 4, Code::rate_up},
    {"twenty pods down", {3, 2000}, {}, {pods(20, 60)}, {}, {}, 1000, 3, 980, Code::rate_down},
    {"twice three", {1, 2000}, {share(100, 15)}, {}, {}, {}, 3, 1000, 6, Code::rate_up},
    {"up by default", {1, 1000}, {}, {}, {}, {}, 10, 50, 20, Code::rate_up},
    {"pods above percent", {1, 1000}, {pods(100, 60), share(100, 60)}, {}, {}, {}, 10, 500, 110, Code::rate_up},
    {"percent above pods", {1, 1000}, {pods(2, 60), share(100, 60)}, {}, {}, {}, 10, 500, 20, Code::rate_up},
    {"many pods allowed", {1, 1000}, {pods(100, 60)}, {}, {}, {}, 10, 50, 50, Code::none},
    {"even more pods allowed", {1, 1000}, {pods(10000, 60)}, {}, {}, {}, 10, 50, 50, Code::none},
    {"thirty pods up", {1, 1000}, {pods(30, 60)}, {}, {}, {}, 10, 50, 40, Code::rate_up},
    {"200 percent up", {1, 1000}, {share(200, 60)}, {}, {}, {}, 10, 50, 30, Code::rate_up},
    {"down: pods above percent", {1, 1000}, {}, {pods(20, 60), share(1, 60)}, {}, {}, 100, 2, 80, Code::rate_down},
    {"down: two pods above one percent", {1, 1000}, {}, {pods(2, 60), share(1, 60)}, {}, {}, 100, 2, 98, Code::rate_down},
    {"down to min by pods", {1, 1000}, {}, {pods(100, 60)}, {}, {}, 10, 0, 1, Code::at_min},
    {"down to min by percent", {5, 1000}, {}, {share(100, 60)}, {}, {}, 10, 2, 5, Code::at_min},
    {"five pods down", {1, 1000}, {}, {pods(5, 60)}, {}, {}, 10, 2, 5, Code::rate_down},
    {"half down is enough", {1, 1000}, {}, {share(50, 60)}, {}, {}, 10, 5, 5, Code::none},
    {"up to max, pods, after events", {1, 200}, {pods(300, 60)}, {}, {1, 5, 9}, {}, 100, 500, 200, Code::at_max},
    {"up to max, percent, after events", {1, 200}, {share(10000, 60)}, {}, {1, 5, 9}, {}, 100, 500, 200, Code::at_max},
    {"too many events to go up", {1, 1000}, {pods(5, 120)}, {}, {1, 5, 9}, {}, 100, 500, 100, Code::rate_up},
    {"pods after events", {1, 1000}, {pods(150, 120)}, {}, {1, 5, 9}, {}, 100, 500, 235, Code::rate_up},
    {"percent after events", {1, 1000}, {share(200, 120)}, {}, {1, 5, 9}, {}, 100, 500, 255, Code::rate_up},
    {"percent after events both ways", {1, 1000}, {share(300, 300)}, {}, {4}, {2}, 6, 24, 16, Code::rate_up},
    {"down by default after events", {1, 1000}, {}, {}, {}, {1, 5, 9}, 10, 5, 5, Code::none},
    {"down to min by pods after events", {1, 1000}, {}, {pods(115, 120)}, {}, {1, 5, 9}, 100, 0, 1, Code::at_min},
    {"down to five by pods after events", {5, 1000}, {}, {pods(130, 120)}, {}, {1, 5, 9}, 100, 0, 5, Code::at_min},
    {"down to five by percent after events", {5, 1000}, {}, {share(100, 120)}, {}, {1, 5, 9}, 100, 2, 5, Code::at_min},
    {"too many events to go down", {1, 1000}, {}, {pods(5, 120)}, {}, {1, 5, 9}, 100, 2, 100, Code::rate_down},
    {"half of what there was", {1, 1000}, {}, {share(50, 120)}, {}, {2, 4, 6}, 100, 0, 56, Code::rate_down},
    {"half after events both ways", {1, 1000}, {}, {share(50, 180)}, {2}, {4}, 10, 1, 6, Code::rate_down},
    {"events forbid ten percent", {1, 1000}, {}, {share(10, 120)}, {}, {10, 10, 10}, 100, 0, 100, Code::rate_down},
    {"1000 percent is below zero", {1, 1000}, {}, {share(1000, 120)}, {}, {10, 10, 10}, 10, 5, 5, Code::none},
    {"up with events of one period", {1, 1000}, {pods(1000, 60)}, {}, {8, 12, 9, 11}, {}, 100, 200, 200, Code::none},
    {"up, two periods", {1, 1000}, {pods(1000, 120), share(100, 60)}, {}, {8, 12, 9, 11}, {}, 100, 200, 200, Code::none},
    {"up, a short period", {1, 1000}, {pods(1000, 30), share(100, 60)}, {}, {8, 12, 9, 11}, {}, 100, 200, 200, Code::none},
    {"down with events of one period", {1, 1000}, {}, {pods(1000, 60)}, {}, {8, 12, 9, 11}, 100, 5, 5, Code::none},
    {"down, two periods", {1, 1000}, {}, {pods(1000, 120), share(100, 60)}, {}, {8, 12, 9, 11}, 100, 5, 5, Code::none},
    {"down, a short period", {1, 1000}, {}, {pods(1000, 30), share(100, 60)}, {}, {8, 12, 9, 11}, 100, 5, 5, Code::none},
};

}  // namespace

TEST_CASE("rates and bounds are HPA's", "[shape][hpa]") {
    for (const auto& row : kRates) {
        INFO(row.name);
        Behavior behavior;
        behavior.scale_up.policies = row.up;
        behavior.scale_down.policies = row.down;
        behavior.scale_up.stabilization_window_seconds = 0;
        behavior.scale_down.stabilization_window_seconds = 0;
        Shaper shaper{hpa(behavior)};
        for (const auto& [time, change] : spread(row.added)) shaper.scaled(at(time), 500, 500 + change);
        for (const auto& [time, change] : spread(row.removed)) shaper.scaled(at(time), 500, 500 - change);
        std::vector<Limit> limits;
        CHECK(shaper.shape(at(120s), row.current, row.desired, row.bounds, limits) == row.expected);
        CHECK((limits.empty() ? Code::none : limits.back().reason.code) == row.limit);
    }
}

namespace {

struct WindowCase {
    const char* name;
    std::int64_t up;    // windows, s
    std::int64_t down;
    std::vector<std::pair<Duration, Replicas>> wishes;  // how long ago, and what
    Replicas current;
    Replicas desired;
    Replicas expected;
};

const std::vector<WindowCase> kWindows{
    {"no wishes, down", 0, 0, {}, 100, 5, 5},
    {"down waits for the highest", 0, 180, {{2min, 4}, {1min, 5}}, 100, 3, 5},
    {"up waits for the lowest", 300, 0, {{2min, 4}, {1min, 5}}, 1, 7, 4},
    {"the window of the other direction does not hold down", 300, 0, {{2min, 1}, {1min, 2}}, 100, 3, 3},
    {"the window of the other direction does not hold up", 0, 300, {{2min, 4}, {1min, 5}}, 1, 3, 3},
    {"old wishes do not hold down", 0, 0, {{10min, 10}, {9min, 9}}, 100, 3, 3},
    {"old wishes do not hold up", 0, 0, {{10min, 10}, {9min, 9}}, 1, 100, 100},
    {"old and new, down", 0, 180, {{10min, 10}, {9min, 9}, {2min, 5}, {1min, 4}}, 100, 3, 5},
    {"old and new, up", 300, 0, {{100min, 10}, {3min, 9}, {2min, 5}, {1min, 6}}, 1, 100, 5},
    {"within five minutes, down", 0, 300, {{2min, 4}, {1min, 5}}, 100, 3, 5},
    {"lower wishes do not hold down", 0, 300, {{2min, 1}, {1min, 2}}, 100, 3, 3},
    {"a wish as old as the window is out of it", 0, 120, {{2min, 9}}, 100, 3, 3},
};

Behavior windows(std::int64_t up, std::int64_t down) {
    Behavior behavior;
    behavior.scale_up.stabilization_window_seconds = up;
    behavior.scale_down.stabilization_window_seconds = down;
    behavior.scale_up.policies = {share(100000, 15)};
    return behavior;
}

}  // namespace

TEST_CASE("stabilization is HPA's", "[shape][hpa]") {
    for (const auto& row : kWindows) {
        INFO(row.name);
        Shaper shaper{hpa(windows(row.up, row.down))};
        std::vector<Limit> limits;
        for (const auto& [ago, wanted] : row.wishes) {
            static_cast<void>(shaper.shape(at(200min - ago), row.current, wanted, {0, 1000}, limits));
        }
        CHECK(shaper.shape(at(200min), row.current, row.desired, {0, 1000}, limits) == row.expected);
    }
}

TEST_CASE("a size within both windows stays: no scale-up while scaling down is held", "[shape][hpa]") {
    // Up and down both look back: the size is moved only as far as it lies outside of what was wanted.
    Shaper shaper{hpa(windows(300, 300))};
    std::vector<Limit> limits;
    static_cast<void>(shaper.shape(at(0s), 10, 4, {1, 100}, limits));
    static_cast<void>(shaper.shape(at(15s), 10, 16, {1, 100}, limits));
    CHECK(shaper.shape(at(30s), 10, 12, {1, 100}, limits) == 10);
    CHECK(shaper.shape(at(45s), 2, 12, {1, 100}, limits) == 4);
    CHECK(shaper.shape(at(60s), 40, 12, {1, 100}, limits) == 16);
}

TEST_CASE("the first size seen counts as a wish, and only the first", "[shape][hpa]") {
    Shaper shaper{hpa(windows(0, 300))};
    std::vector<Limit> limits;
    shaper.met(at(0s), 10);
    shaper.met(at(15s), 30);
    CHECK(shaper.shape(at(15s), 10, 3, {1, 100}, limits) == 10);
    CHECK(limits.back().reason.code == Code::stabilized_down);
    CHECK(shaper.shape(at(299s), 10, 3, {1, 100}, limits) == 10);
    CHECK(shaper.shape(at(300s), 10, 3, {1, 100}, limits) == 3);
}

TEST_CASE("a gap in the data does not stop HPA's windows", "[shape][hpa]") {
    Shaper shaper{hpa(windows(0, 300))};
    std::vector<Limit> limits;
    shaper.met(at(0s), 10);
    shaper.gap();
    CHECK(shaper.shape(at(301s), 10, 3, {1, 100}, limits) == 3);
}

TEST_CASE("selectPolicy Min takes the smaller change, Disabled none", "[shape][hpa]") {
    Behavior behavior = windows(0, 0);
    behavior.scale_up.policies = {pods(2, 60), share(100, 60)};
    behavior.scale_down.policies = {pods(2, 60), share(50, 60)};
    std::vector<Limit> limits;
    behavior.scale_up.select = behavior.scale_down.select = ScalingRules::Select::min;
    Shaper smallest{hpa(behavior)};
    CHECK(smallest.shape(at(0s), 10, 50, {1, 100}, limits) == 12);
    CHECK(smallest.shape(at(1s), 10, 1, {1, 100}, limits) == 8);
    behavior.scale_up.select = behavior.scale_down.select = ScalingRules::Select::disabled;
    Shaper disabled{hpa(behavior)};
    CHECK(disabled.shape(at(0s), 10, 50, {1, 100}, limits) == 10);
    CHECK(limits.back().reason.code == Code::direction_disabled);
    CHECK(disabled.shape(at(1s), 10, 1, {1, 100}, limits) == 10);
}

TEST_CASE("an outdated change gives its room to one of the same direction only", "[shape][hpa]") {
    // Down periods are 15 s here and the up period 600 s: removals stay counted for scaling up after they
    // are outdated for scaling down, until another removal takes their place.
    Behavior behavior = windows(0, 0);
    behavior.scale_up.policies = {pods(10, 600)};
    behavior.scale_down.policies = {share(100, 15)};
    Shaper shaper{hpa(behavior)};
    std::vector<Limit> limits;
    shaper.scaled(at(0s), 30, 25);
    shaper.scaled(at(100s), 25, 30);
    CHECK(shaper.shape(at(101s), 30, 90, {1, 100}, limits) == 40);  // 30 - 5 + 5 + 10
    shaper.scaled(at(102s), 30, 29);
    CHECK(shaper.shape(at(103s), 29, 90, {1, 100}, limits) == 35);  // 29 - 5 + 1 + 10
}

TEST_CASE("without a behavior HPA keeps to its older way", "[shape][hpa]") {
    ScalingSpec spec;
    spec.compat = Compat::hpa;
    struct Case {
        Replicas current, desired;
        Bounds bounds;
        Replicas expected;
        Code limit;
    };
    const std::vector<Case> cases{
        {5, 7, {3, 8}, 7, Code::none},       {3, 1, {2, 8}, 2, Code::at_min},      {1, 0, {0, 10}, 0, Code::none},
        {20, 1000, {1, 10}, 10, Code::at_max}, {3, 1000, {1, 2000}, 6, Code::rate_up}, {1, 1000, {1, 2000}, 4, Code::rate_up},
    };
    for (const auto& row : cases) {
        Shaper shaper{spec};
        std::vector<Limit> limits;
        CHECK(shaper.shape(at(0s), row.current, row.desired, row.bounds, limits) == row.expected);
        CHECK((limits.empty() ? Code::none : limits.back().reason.code) == row.limit);
    }

    using Wishes = std::vector<std::pair<Duration, Replicas>>;
    const std::vector<std::pair<Wishes, Replicas>> histories{
        {{}, 3},
        {{{2min, 4}, {1min, 5}}, 5},
        {{{2min, 1}, {1min, 2}}, 3},
        {{{10min, 10}, {9min, 9}}, 3},
        {{{10min, 10}, {9min, 9}, {2min, 5}, {1min, 4}}, 5},
    };
    for (const auto& [wishes, expected] : histories) {
        Shaper shaper{spec};
        std::vector<Limit> limits;
        for (const auto& [ago, wanted] : wishes) static_cast<void>(shaper.shape(at(20min - ago), 5, wanted, {0, 100}, limits));
        CHECK(shaper.shape(at(20min), 5, 3, {0, 100}, limits) == expected);
    }
}
