// SPDX-License-Identifier: Apache-2.0
#include "agent/live/state_folder.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <string>

using namespace setpoint;

namespace {

using Environment = std::map<std::string, std::string>;

Result<std::filesystem::path> folder_with(const Environment& environment, unsigned uid) {
    return default_state_folder(
        [&](const char* name) -> const char* {
            const auto found = environment.find(name);
            return found == environment.end() ? nullptr : found->second.c_str();
        },
        uid);
}

}  // namespace

TEST_CASE("systemd's state directory comes first, and of several the first") {
    CHECK(folder_with({{"STATE_DIRECTORY", "/var/lib/a:/var/lib/b"}, {"HOME", "/root"}}, 0) == "/var/lib/a");
}

TEST_CASE("root keeps its state under /var/lib") { CHECK(folder_with({{"HOME", "/root"}}, 0) == "/var/lib/setpoint"); }

TEST_CASE("a user keeps it where users keep state") {
    CHECK(folder_with({{"HOME", "/home/u"}}, 1000) == "/home/u/.local/state/setpoint");
    CHECK(folder_with({{"HOME", "/home/u"}, {"XDG_STATE_HOME", "/s"}}, 1000) == "/s/setpoint");
}

TEST_CASE("a user without a home is told to name a folder") {
    const auto folder = folder_with({}, 1000);
    REQUIRE_FALSE(folder);
    CHECK(folder.error().code == Errc::bad_config);
}
