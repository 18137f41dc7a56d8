// SPDX-License-Identifier: Apache-2.0
#include "policies/combine.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <vector>

using namespace setpoint;

namespace {

constexpr Bounds kBounds{1, 100};

Reason because(Code code) { return {code, SignalId{3}, {}}; }
Proposal wished(double n) { return wish(n, because(Code::ratio)); }
Proposal floored(double n) { return at_least(n, because(Code::forecast)); }
Proposal held() { return hold(because(Code::stale)); }
Proposal silent() { return {ProposalKind::none, 0, {}, because(Code::no_band), {}}; }
Proposal bounded(Replicas min, Replicas max) {
    return {ProposalKind::bounds, 0, {min, max}, because(Code::schedule_bounds), {}};
}

Combined of(std::vector<Proposal> proposals, Replicas current, Combine how = Combine::max) {
    return combine(proposals, current, kBounds, how);
}

}  // namespace

TEST_CASE("a wish is rounded up, but floating error is not", "[combine]") {
    CHECK(rounded_up(2.1) == 3);
    CHECK(rounded_up(3.0) == 3);
    CHECK(rounded_up(3.0000000001) == 3);
    CHECK(rounded_up(3.00001) == 4);
    CHECK(rounded_up(0) == 0);
    CHECK(rounded_up(1e-12) == 0);
    CHECK(rounded_up(-4) == 0);
    CHECK(rounded_up(0.7 * 10 / 0.7) == 10);
    CHECK(rounded_up(std::numeric_limits<double>::infinity()) > kMaxReplicas);
}

TEST_CASE("the largest wish wins, or the smallest when told so", "[combine]") {
    const std::vector proposals{wished(4.2), wished(7), wished(1)};
    CHECK(of(proposals, 5).wanted == 7);
    CHECK(of(proposals, 5, Combine::min).wanted == 1);
    CHECK(of(proposals, 5).valid);
    CHECK(of(proposals, 5).reason.code == Code::ratio);
}

TEST_CASE("a floor raises a wish and never lowers one", "[combine]") {
    const auto raised = of({wished(4), floored(6.5)}, 5);
    CHECK(raised.wanted == 7);
    CHECK(raised.reason.code == Code::raised_by_floor);
    CHECK(raised.reason.args[0] == 4);
    CHECK(raised.reason.args[1] == 7);
    CHECK(of({wished(9), floored(6)}, 5).wanted == 9);
    CHECK(of({wished(2), wished(3), floored(6)}, 5, Combine::min).wanted == 6);
}

TEST_CASE("floors alone raise a smaller size and keep a larger one", "[combine]") {
    CHECK(of({floored(8)}, 5).wanted == 8);
    CHECK(of({floored(8)}, 5).reason.code == Code::forecast);
    CHECK(of({floored(8)}, 12).wanted == 12);
    CHECK(of({floored(8)}, 12).valid);
}

TEST_CASE("scale-up beats hold beats scale-down", "[combine]") {
    const auto up = of({wished(8), held()}, 5);
    CHECK(up.valid);
    CHECK(up.missing);
    CHECK_FALSE(up.held);
    CHECK(up.wanted == 8);

    const auto down = of({wished(2), held()}, 5);
    CHECK(down.held);
    CHECK(down.wanted == 5);
    CHECK(down.reason.code == Code::held_for_missing);
    CHECK(down.reason.args[0] == 2);
    CHECK(down.reason.args[1] == 5);

    CHECK_FALSE(of({wished(5), held()}, 5).held);
}

TEST_CASE("with a signal missing, a floor may still raise", "[combine]") {
    CHECK(of({held(), floored(8)}, 5).wanted == 8);
    CHECK(of({held(), floored(8)}, 5).valid);
    CHECK_FALSE(of({held(), floored(3)}, 5).valid);
    CHECK(of({held(), floored(3)}, 5).wanted == 5);
}

TEST_CASE("with nothing valid the size stays, for the reason of the hold", "[combine]") {
    const auto nothing = of({held(), silent()}, 5);
    CHECK_FALSE(nothing.valid);
    CHECK(nothing.wanted == 5);
    CHECK(nothing.reason.code == Code::stale);
    CHECK(of({}, 5).reason.code == Code::only_holds);
    CHECK_FALSE(of({}, 5).valid);
}

TEST_CASE("a policy with nothing to say has no objection", "[combine]") {
    CHECK(of({silent(), wished(2)}, 5).wanted == 2);
    const auto alone = of({silent()}, 5);
    CHECK(alone.valid);
    CHECK(alone.wanted == 5);
    CHECK(alone.reason.code == Code::no_band);
}

TEST_CASE("proposed bounds replace the document's, several of them meet", "[combine]") {
    CHECK(of({wished(2)}, 5).bounds == kBounds);
    CHECK(of({wished(2), bounded(10, 200)}, 5).bounds == Bounds{10, 200});
    CHECK(of({bounded(2, 20), bounded(5, 30)}, 5).bounds == Bounds{5, 20});
    CHECK(of({bounded(2, 8), bounded(12, 30)}, 5).bounds == Bounds{12, 12});
    CHECK(of({bounded(2, 8)}, 5).valid);
}

TEST_CASE("a wish that is not a number is a hold", "[combine]") {
    const auto odd = of({wished(std::numeric_limits<double>::quiet_NaN()), wished(2)}, 5);
    CHECK(odd.held);
    CHECK(odd.wanted == 5);
}

TEST_CASE("whatever is proposed, one hold is enough not to shrink, and no floor is undercut", "[combine]") {
    std::mt19937 random{7};
    std::uniform_int_distribution<int> kind{0, 3};
    std::uniform_int_distribution<int> size{0, 40};
    for (int round = 0; round < 2000; ++round) {
        std::vector<Proposal> proposals;
        bool any_hold = false;
        int floor = 0;
        for (int i = kind(random); i >= 0; --i) {
            const int n = size(random);
            switch (kind(random)) {
                case 0: proposals.push_back(wished(n)); break;
                case 1: proposals.push_back(floored(n)); floor = std::max(floor, n); break;
                case 2: proposals.push_back(held()); any_hold = true; break;
                default: proposals.push_back(silent());
            }
        }
        const Replicas current = size(random);
        const auto combined = of(proposals, current);
        if (any_hold) CHECK(combined.wanted >= current);
        CHECK(combined.wanted >= floor);
    }
}
