// SPDX-License-Identifier: Apache-2.0
#include "actuators/written_size.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

constexpr Time kNow{1000s};

}  // namespace

TEST_CASE("a size that was written counts until it is seen", "[written_size]") {
    WrittenSize size;
    CHECK(size.seen(3, 50, kNow) == 3);
    size.wrote(5, 80, kNow);
    CHECK(size.seen(3, 79, kNow + 1s) == 5);
    CHECK(size.seen(5, 80, kNow + 2s) == 5);
    CHECK(size.seen(7, 81, kNow + 3s) == 7);
    CHECK(size.seen(4, 79, kNow + 4s) == 4);  // it was seen, and is over
}

TEST_CASE("where versions went back a written size is forgotten after a while", "[written_size]") {
    WrittenSize size;
    size.wrote(5, 80'000, kNow);
    CHECK(size.seen(2, 600, kNow + 119s) == 5);
    CHECK(size.seen(2, 600, kNow + 120s) == 2);
    size.wrote(6, 700, kNow + 130s);
    CHECK(size.seen(2, 650, kNow + 131s) == 6);
}
