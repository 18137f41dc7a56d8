// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>

#include "tests/support/fleet.hpp"
#include "tests/support/rig.hpp"

// AddressSanitizer has its own operator new, which must not be replaced.
#if !defined(__SANITIZE_ADDRESS__)

using namespace setpoint;
using namespace std::chrono_literals;

namespace {
thread_local std::size_t allocations = 0;
}

// Of this program only: counts, and otherwise does what the library's own do.
void* operator new(std::size_t size) {
    ++allocations;
    if (void* room = std::malloc(size)) return room;
    throw std::bad_alloc{};
}
void operator delete(void* room) noexcept { std::free(room); }
void operator delete(void* room, std::size_t) noexcept { std::free(room); }

TEST_CASE("a tick allocates nothing once it is warm", "[reducer]") {
    auto spec = plain_spec();
    spec.signals.push_back({.name = "p95", .dimension = Dimension::time});
    spec.policies.push_back({"", PidSettings{.signal = "p95", .setpoint = 0.25}});
    spec.behavior.reset();
    Rig rig{spec};
    const auto round = [&](int i) {
        rig.wait(5s);
        if (i % 3 == 0) rig.rps(300 + 50 * (i % 7)).queue(20).sample(2, 0.2 + 0.01 * (i % 11));
        const Replicas wanted = rig.tick().replicas;
        rig.answer(wanted, wanted, ApplyOutcome::applied).has(wanted);
    };
    rig.has(5);
    for (int i = 0; i < 600; ++i) round(i);
    std::size_t in_ticks = 0;
    for (int i = 600; i < 1200; ++i) {
        rig.wait(5s);
        if (i % 3 == 0) rig.rps(300 + 50 * (i % 7)).queue(20).sample(2, 0.2 + 0.01 * (i % 11));
        const auto before = allocations;
        const Event tick{rig.now, Tick{Rig::kTarget, {}}};
        const Replicas wanted = rig.control.reduce(tick)->replicas;
        in_ticks += allocations - before;
        rig.answer(wanted, wanted, ApplyOutcome::applied).has(wanted);
    }
    CHECK(in_ticks == 0);
    CHECK(allocations > 0);  // the count counts
}

TEST_CASE("a tick under guards that limit it allocates nothing once it is warm", "[reducer]") {
    GuardSettings guards;
    guards.starts_per_minute = 5;
    guards.shrink_per_ten_minutes = "20%";
    guards.budgets.push_back({{"*"}, 25});
    Fleet fleet{{Fleet::spec("a"), Fleet::spec("b"), Fleet::spec("c")}, guards};
    for (std::size_t i = 0; i < 3; ++i) fleet.has(i, 5);
    std::size_t in_ticks = 0;
    std::size_t limited = 0;
    for (int round = 0; round < 4'000; ++round) {
        const auto i = static_cast<std::size_t>(round % 3);
        fleet.wait(1s).load(i, 2 + round / 7 % 20);
        const Event tick{fleet.now, Tick{Fleet::target(i), {}}};
        const auto before = allocations;
        const Decision* decision = fleet.control.reduce(tick);
        if (round >= 2'000) in_ticks += allocations - before;
        if (!decision->limits.empty()) ++limited;
        const Replicas wanted = decision->replicas;
        if (decision->apply) fleet.answer(i, wanted, wanted).has(i, wanted);
    }
    CHECK(in_ticks == 0);
    CHECK(limited > 1'000);
}

#endif
