// SPDX-License-Identifier: Apache-2.0
#include "clients/docker_events.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;

TEST_CASE("an event of a container has its labels among its attributes", "[docker_events]") {
    const auto event = parse_event(R"({"status":"die","id":"aa","Type":"container","Action":"die",
        "Actor":{"ID":"aa","Attributes":{"app":"cart","exitCode":"137","name":"cart-1"}},"scope":"local","time":1})");
    REQUIRE(event);
    CHECK(event->type == "container");
    CHECK(event->action == "die");
    CHECK(event->id == "aa");
    CHECK(event->attributes.at("app") == "cart");
    CHECK(event->attributes.at("exitCode") == "137");
}

TEST_CASE("an event without a type, an action, or the form of one is none", "[docker_events]") {
    for (const char* odd : {"", "7", "[]", "{", "{}", R"({"Type": "container"})", R"({"Type": 1, "Action": []})"}) {
        INFO(odd);
        CHECK_FALSE(parse_event(odd));
    }
    const auto bare = parse_event(R"({"Type":"service","Action":"update","Actor":{"ID":7,"Attributes":{"name":1}}})");
    REQUIRE(bare);
    CHECK(bare->id.empty());
    CHECK(bare->attributes.empty());
}
