// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "core/codec.hpp"
#include "tests/support/fleet.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

constexpr Replicas kStarts = 9;
constexpr Replicas kLosses = 14;
constexpr Replicas kBudget = 20;
constexpr std::size_t kTargets = 4;  // the first three share the budget

std::vector<ScalingSpec> specs() {
    return {Fleet::spec("shop-a", {1, 40}), Fleet::spec("shop-b", {3, 40}), Fleet::spec("shop-c", {2, 40}), Fleet::spec("mail", {1, 40})};
}

GuardSettings guards() {
    GuardSettings guards;
    guards.starts_per_minute = kStarts;
    guards.shrink_per_ten_minutes = std::to_string(kLosses);
    guards.budgets.push_back({{"shop-*"}, kBudget});
    return guards;
}

/// Targets that take their time to answer, and now and then say no: what really happened, and when.
class World {
public:
    explicit World(unsigned seed) : random_(seed) {
        for (std::size_t i = 0; i < kTargets; ++i) {
            sizes_[i] = i == 1 ? 3 : 2;
            fleet.has(i, sizes_[i]);
        }
    }

    void go_on() {
        fleet.wait(Duration{dice(700)});
        const std::size_t i = dice(kTargets);
        if (dice(4) == 0) fleet.load(i, static_cast<Replicas>(dice(30)));
        if (order_[i]) {
            if (dice(3) == 0) answer(i);
            return;
        }
        const Decision decision = fleet.tick(i);
        keep(decision);
        if (!decision.apply) return;
        order_[i] = decision.replicas;
        CHECK(decision.replicas >= std::min(decision.current, fleet.control.spec(Fleet::target(i)).replicas.min));
    }

    [[nodiscard]] Replicas group() const { return sizes_[0] + sizes_[1] + sizes_[2]; }
    /// Within the last while.
    [[nodiscard]] Replicas moved(const std::deque<std::pair<Time, Replicas>>& all, Duration while_) const {
        Replicas sum = 0;
        for (const auto& [at, count] : all) sum += at > fleet.now - while_ ? count : 0;
        return sum;
    }
    Fleet fleet{specs(), guards()};
    std::deque<std::pair<Time, Replicas>> started;
    std::deque<std::pair<Time, Replicas>> gone;
    std::string decisions;
    Replicas highest = 0;

private:
    std::size_t dice(std::size_t sides) { return random_() % sides; }

    void answer(std::size_t i) {
        const Replicas wanted = *order_[i];
        order_[i].reset();
        if (dice(5) == 0) {
            fleet.answer(i, wanted, sizes_[i], ApplyOutcome::refused);
            return;
        }
        const bool partly = dice(5) == 0;
        const Replicas got = partly ? (wanted + sizes_[i]) / 2 : wanted;
        if (got > sizes_[i]) started.emplace_back(fleet.now, got - sizes_[i]);
        if (got < sizes_[i]) gone.emplace_back(fleet.now, sizes_[i] - got);
        sizes_[i] = got;
        highest = std::max(highest, group());
        fleet.answer(i, wanted, got, partly ? ApplyOutcome::partly : ApplyOutcome::applied).has(i, got);
    }

    void keep(Decision decision) {
        Encoder encoder{decisions};
        bind(encoder, decision);
    }

    std::mt19937 random_;
    std::array<Replicas, kTargets> sizes_{};
    std::array<std::optional<Replicas>, kTargets> order_;
};

}  // namespace

TEST_CASE("whatever happens, never more than allowed starts, goes, or is there", "[guards]") {
    World world{GENERATE(1U, 2U, 3U, 4U, 5U)};
    Replicas most_started = 0;
    Replicas most_gone = 0;
    for (int i = 0; i < 20'000; ++i) {
        world.go_on();
        most_started = std::max(most_started, world.moved(world.started, 1min));
        most_gone = std::max(most_gone, world.moved(world.gone, 10min));
        CHECK(world.group() <= kBudget);
        if (i % 500 == 0) {
            std::erase_if(world.started, [&](const auto& one) { return one.first < world.fleet.now - 1min; });
            std::erase_if(world.gone, [&](const auto& one) { return one.first < world.fleet.now - 10min; });
        }
    }
    // The limits were met, so that they were tried.
    CHECK(most_started == kStarts);
    CHECK(most_gone == kLosses);
    CHECK(world.highest == kBudget);
}

TEST_CASE("the same events give the same guarded decisions, bit for bit", "[guards]") {
    World one{77};
    World other{77};
    for (int i = 0; i < 5'000; ++i) {
        one.go_on();
        other.go_on();
    }
    CHECK(one.decisions.size() > 100'000);
    CHECK(one.decisions == other.decisions);
}

TEST_CASE("three loops under one budget all get their share, and follow the load on it", "[guards]") {
    Fleet fleet{{Fleet::spec("shop-a"), Fleet::spec("shop-b"), Fleet::spec("shop-c")}, guards()};
    std::array<Replicas, 3> sizes{1, 1, 1};
    for (std::size_t i = 0; i < 3; ++i) fleet.has(i, 1);
    const auto run = [&](Duration length, std::array<Replicas, 3> loads) {
        for (Duration t{}; t < length; t += 1s) {
            fleet.wait(1s);
            for (std::size_t i = 0; i < 3; ++i) sizes[i] = fleet.follow(i, loads[i]);
            CHECK(sizes[0] + sizes[1] + sizes[2] <= kBudget);
        }
    };
    run(5min, {20, 1, 1});
    CHECK(sizes == std::array<Replicas, 3>{18, 1, 1});
    run(30min, {20, 20, 1});  // given back as shrinking allows
    CHECK(sizes == std::array<Replicas, 3>{10, 9, 1});
    run(30min, {20, 20, 20});
    CHECK(sizes == std::array<Replicas, 3>{7, 7, 6});
    run(30min, {2, 20, 20});
    CHECK(sizes == std::array<Replicas, 3>{2, 9, 9});
}
