// SPDX-License-Identifier: Apache-2.0
#include "clients/shard_share.hpp"

#include <catch2/catch.hpp>

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

constexpr BootTime kBoot{1000s};

bool takes(ShardShare& share, std::size_t shard, BootTime now) {
    if (!share.wants(shard, now, 0s)) return false;
    share.takes(shard, now);
    return true;
}

/// Which of the shards it takes at `at`, all being free.
std::vector<std::size_t> taken(ShardShare& share, std::size_t shards, Duration at = 0s) {
    std::vector<std::size_t> found;
    for (std::size_t shard = 0; shard < shards; ++shard) {
        if (takes(share, shard, kBoot + at)) found.push_back(shard);
    }
    return found;
}

ShardShare holding(std::size_t shards, const std::vector<std::size_t>& held, const std::vector<std::size_t>& others) {
    ShardShare share{shards, 15s};
    share.set_others(others);
    for (const auto shard : held) share.set_held(shard, true);
    return share;
}

}  // namespace

TEST_CASE("an even share is all of them divided by those that live, rounded up", "[shards]") {
    CHECK(holding(4, {}, {}).fair() == 4);
    CHECK(holding(4, {}, {0}).fair() == 2);
    CHECK(holding(4, {}, {0, 0}).fair() == 2);
    CHECK(holding(7, {}, {0, 0}).fair() == 3);
    CHECK(holding(2, {}, {0, 0, 0, 0}).fair() == 1);
}

TEST_CASE("who is alone takes all at once; of three each takes its share", "[shards]") {
    auto alone = holding(4, {}, {});
    CHECK(taken(alone, 4) == std::vector<std::size_t>{0, 1, 2, 3});
    auto one_of_three = holding(4, {}, {0, 0});
    CHECK(taken(one_of_three, 4) == std::vector<std::size_t>{0, 1});
    CHECK(taken(one_of_three, 4, 1s) == std::vector<std::size_t>{0, 1});  // still on their way
}

TEST_CASE("what another took in the same moment leaves room for the next a while later", "[shards]") {
    auto share = holding(4, {}, {0, 0});
    CHECK(taken(share, 2) == std::vector<std::size_t>{0, 1});
    share.set_held(0, true);  // and 1 is another's
    CHECK_FALSE(takes(share, 2, kBoot + 2s));
    CHECK(takes(share, 2, kBoot + 3s));
    CHECK_FALSE(takes(share, 3, kBoot + 3s));
}

TEST_CASE("beyond its share one takes what nobody took for a Lease's duration", "[shards]") {
    auto share = holding(4, {0, 1}, {2});
    CHECK_FALSE(share.wants(2, kBoot, 14999ms));
    CHECK(share.wants(2, kBoot, 15s));
}

TEST_CASE("when another dies, its shards are part of a larger share", "[shards]") {
    auto share = holding(6, {0, 1}, {2, 2});
    CHECK_FALSE(takes(share, 4, kBoot));
    share.set_others({2});
    CHECK(takes(share, 4, kBoot));
    CHECK_FALSE(takes(share, 5, kBoot));
}

TEST_CASE("one is let go when another has held two fewer for a while, the next one when that has moved", "[shards]") {
    auto share = holding(4, {0, 1, 2, 3}, {0});
    CHECK_FALSE(share.surplus(kBoot));
    CHECK_FALSE(share.surplus(kBoot + 14999ms));
    CHECK(share.surplus(kBoot + 15s) == 3U);
    share.set_held(3, false);
    CHECK_FALSE(share.surplus(kBoot + 20s));
    CHECK(share.surplus(kBoot + 21s) == 2U);
    share.set_held(2, false);
    share.set_others({2});
    CHECK_FALSE(share.surplus(kBoot + 60s));
}

TEST_CASE("one more than another is even enough, and so is a moment of unevenness", "[shards]") {
    auto share = holding(4, {0, 1}, {1, 1});
    for (const auto at : {0s, 15s, 30s}) CHECK_FALSE(share.surplus(kBoot + at));
    share.set_others({2, 0});
    CHECK_FALSE(share.surplus(kBoot + 40s));
    share.set_others({1, 1});
    CHECK_FALSE(share.surplus(kBoot + 50s));
    share.set_others({2, 0});
    CHECK_FALSE(share.surplus(kBoot + 60s));
    CHECK(share.surplus(kBoot + 75s) == 1U);
}

}  // namespace setpoint::test
