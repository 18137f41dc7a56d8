// SPDX-License-Identifier: Apache-2.0
#include "agent/live/engine_lock.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.hpp"

using namespace setpoint;

TEST_CASE("a second agent for the same Engine is refused, and told who has it") {
    const TemporaryFolder folder;
    const auto first = EngineLock::take("AAAA:BBBB", {folder.path()});
    REQUIRE(first);
    const auto second = EngineLock::take("AAAA:BBBB", {folder.path()});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::conflict);
    CHECK_THAT(second.error().message, Catch::Matchers::Contains(std::to_string(::getpid())));
}

TEST_CASE("agents for different Engines run side by side") {
    const TemporaryFolder folder;
    const auto first = EngineLock::take("AAAA", {folder.path()});
    const auto second = EngineLock::take("BBBB", {folder.path()});
    CHECK(first);
    CHECK(second);
}

TEST_CASE("the lock is free again when its holder is gone") {
    const TemporaryFolder folder;
    { REQUIRE(EngineLock::take("AAAA", {folder.path()})); }
    CHECK(EngineLock::take("AAAA", {folder.path()}));
}

TEST_CASE("a folder that cannot be written is passed over for the next") {
    const TemporaryFolder folder;
    CHECK(EngineLock::take("AAAA", {folder.path() / "not-there", folder.path()}));
    const auto nowhere = EngineLock::take("BBBB", {folder.path() / "not-there"});
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error().code == Errc::io);
}

TEST_CASE("an ID with slashes stays in its folder") {
    const TemporaryFolder folder;
    REQUIRE(EngineLock::take("../../x", {folder.path()}));
    CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
}
