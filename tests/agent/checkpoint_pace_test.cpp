// SPDX-License-Identifier: Apache-2.0
#include "agent/live/checkpoint_pace.hpp"

#include <catch2/catch.hpp>

namespace setpoint {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1'700'000'000s};

TEST_CASE("what a restart must know is saved at once, when nothing was saved lately") {
    CheckpointPace pace;
    CHECK_FALSE(pace.due(kStart, 1000));
    pace.must_save();
    CHECK(pace.due(kStart, 1000));
    pace.saved(kStart);
    CHECK_FALSE(pace.due(kStart, 1000));
}

TEST_CASE("a checkpoint of a thousand policies is followed by the next a second later at the earliest") {
    CheckpointPace pace;
    pace.must_save();
    REQUIRE(pace.due(kStart, 1000));
    pace.saved(kStart);
    pace.must_save();
    CHECK_FALSE(pace.due(kStart + 999ms, 1000));
    CHECK(pace.due(kStart + 1s, 1000));
    CHECK(pace.due(kStart + 1ms, 1));
}

TEST_CASE("without any write what was learnt is saved every 30 s") {
    CheckpointPace pace;
    CHECK_FALSE(pace.due(kStart, 1));
    CHECK_FALSE(pace.due(kStart + 29s, 1));
    CHECK(pace.due(kStart + 30s, 1));
    pace.saved(kStart + 30s);
    CHECK_FALSE(pace.due(kStart + 59s, 1));
    CHECK(pace.due(kStart + 60s, 1));
}

}  // namespace
}  // namespace setpoint
