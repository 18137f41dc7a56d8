// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <numeric>
#include <random>
#include <vector>

#include "policies/fair_share.hpp"
#include "policies/flow.hpp"

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

std::vector<Replicas> shares(const std::vector<Claim>& claims, std::int64_t total) {
    std::vector<Replicas> all;
    for (std::size_t i = 0; i < claims.size(); ++i) all.push_back(fair_share(claims, i, total));
    return all;
}

}  // namespace

TEST_CASE("enough for all is what all wish", "[fair_share]") {
    CHECK(shares({{1, 4}, {2, 9}, {0, 0}}, 13) == std::vector<Replicas>{4, 9, 0});
}

TEST_CASE("what one leaves is the others'", "[fair_share]") {
    // 3 and 0 are below the level; the other two have 17 left: 8 each, and the first of them one more.
    CHECK(shares({{1, 3}, {1, 20}, {1, 20}, {0, 0}}, 20) == std::vector<Replicas>{3, 9, 8, 0});
}

TEST_CASE("nobody has less than its floor, and the others pay for it", "[fair_share]") {
    CHECK(shares({{10, 20}, {1, 20}, {1, 20}}, 16) == std::vector<Replicas>{10, 3, 3});
    // The floors alone are more than there is.
    CHECK(shares({{10, 20}, {8, 20}}, 16) == std::vector<Replicas>{10, 8});
}

TEST_CASE("what cannot be halved goes to whoever waits longest", "[fair_share]") {
    const Time early = at_unix(100);
    const Time late = at_unix(200);
    CHECK(shares({{0, 5, late}, {0, 5, early}, {0, 5, late}}, 1) == std::vector<Replicas>{0, 1, 0});
    CHECK(shares({{0, 5, late}, {0, 5, early}, {0, 5, late}}, 2) == std::vector<Replicas>{1, 1, 0});
    CHECK(shares({{0, 5, late}, {0, 0, early}, {0, 5, late}}, 1) == std::vector<Replicas>{1, 0, 0});
    CHECK(shares({{0, 5}, {0, 5}}, 0) == std::vector<Replicas>{0, 0});
}

TEST_CASE("all shares together are all there is, whoever asks", "[fair_share]") {
    std::mt19937 random{20261125};
    const auto dice = [&](int sides) { return static_cast<Replicas>(random() % static_cast<unsigned>(sides)); };
    for (int round = 0; round < 2'000; ++round) {
        std::vector<Claim> claims;
        std::int64_t floors = 0;
        std::int64_t wishes = 0;
        for (int i = dice(8) + 1; i > 0; --i) {
            const Replicas floor = dice(6);
            claims.push_back({floor, floor + dice(30), at_unix(dice(3))});
            floors += floor;
            wishes += claims.back().wish;
        }
        const std::int64_t total = floors + dice(60);
        const auto all = shares(claims, total);
        CHECK(std::accumulate(all.begin(), all.end(), std::int64_t{0}) == std::min(total, wishes));
        for (std::size_t i = 0; i < all.size(); ++i) {
            CHECK((all[i] >= claims[i].floor && all[i] <= claims[i].wish));
            // Who has less than its wish has at most one less than anybody above his floor.
            for (std::size_t k = 0; k < all.size(); ++k) {
                if (all[i] < claims[i].wish && all[k] > claims[k].floor) CHECK(all[i] >= all[k] - 1);
            }
        }
    }
}

TEST_CASE("a flow forgets after its window, at most a 60th of it late and never early", "[flow]") {
    Flow flow{1min};
    flow.add(at_unix(100.0), 3);
    flow.add(at_unix(100.4), 2);  // of the same second: counts until 160.4
    flow.add(at_unix(130), 4);
    CHECK(flow.sum(at_unix(130)) == 9);
    CHECK(flow.sum(at_unix(160.3)) == 9);
    CHECK(flow.sum(at_unix(160.4)) == 4);
    CHECK(flow.sum(at_unix(189.9)) == 4);
    CHECK(flow.sum(at_unix(190)) == 0);
}
