// SPDX-License-Identifier: Apache-2.0
#include "agent/live/event_desk.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace setpoint;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

constexpr Time kNow{1'800'000'000s};
const WallTime kWall{1'800'000'000s};  // 2027-01-15T08:00:00Z

struct Bench {
    PolicyObject object;
    EventDesk desk{"setpoint-1"};
    Bench() {
        object.ns = "shop";
        object.name = "cart";
        object.uid = 7;
        object.full_uid = "uid-7";
    }
    std::vector<EventDesk::Letter> say(Duration after, const std::string& message, std::string_view reason = "SuccessfulRescale") {
        desk.take(kNow + after, kWall + after, object, {false, reason, message});
        return desk.due(kNow + after);
    }
};

}  // namespace

TEST_CASE("an Event names its policy, as kubectl describe looks for it", "[events]") {
    Bench bench;
    const auto letters = bench.say(0s, "scaled from 2 to 4");
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].kind == EventDesk::Letter::Kind::create);
    CHECK(letters[0].ns == "shop");
    const auto event = Json::parse(letters[0].body);
    CHECK(event["metadata"]["name"] == letters[0].name);
    CHECK(letters[0].name.starts_with("cart."));
    CHECK(event["involvedObject"] == Json{{"apiVersion", "setpoint.dev/v1alpha1"}, {"kind", "ScalingPolicy"}, {"namespace", "shop"}, {"name", "cart"}, {"uid", "uid-7"}});
    CHECK(event["reason"] == "SuccessfulRescale");
    CHECK(event["message"] == "scaled from 2 to 4");
    CHECK(event["type"] == "Normal");
    CHECK(event["firstTimestamp"] == "2027-01-15T08:00:00Z");
    CHECK(event["count"] == 1);
}

TEST_CASE("what repeats itself is counted, at most once a minute", "[events]") {
    Bench bench;
    const auto first = bench.say(0s, "refused");
    REQUIRE(first.size() == 1);
    CHECK(bench.say(10s, "refused").empty());
    CHECK(bench.say(59s, "refused").empty());
    const auto counted = bench.say(60s, "refused");
    REQUIRE(counted.size() == 1);
    CHECK(counted[0].kind == EventDesk::Letter::Kind::patch);
    CHECK(counted[0].name == first[0].name);
    CHECK(Json::parse(counted[0].body) == Json{{"count", 4}, {"lastTimestamp", "2027-01-15T08:01:00Z"}});
    CHECK(bench.desk.due(kNow + 200s).empty());
    CHECK(bench.say(60s + 10min + 1s, "refused")[0].kind == EventDesk::Letter::Kind::create);
}

TEST_CASE("of many different things few are told, and how many were not", "[events]") {
    Bench bench;
    std::size_t written = 0;
    for (int i = 0; i < 30; ++i) written += bench.say(std::chrono::seconds{i}, "to " + std::to_string(i)).size();
    CHECK(written == 10);
    const auto later = bench.say(90s, "to 31");
    REQUIRE(later.size() == 1);
    CHECK(Json::parse(later[0].body)["message"] == "to 31 (events left out before this one: 20)");
}

TEST_CASE("the agent as a whole has a limit, too", "[events]") {
    Bench bench;
    std::size_t written = 0;
    for (std::uint64_t i = 0; i < 300; ++i) {
        bench.object.uid = i;
        written += bench.say(0s, "wrong", "InvalidPolicy").size();
    }
    CHECK(written == 100);
    bench.object.uid = 1000;
    CHECK(bench.say(1s, "wrong", "InvalidPolicy").size() == 1);  // 5 more a second
}

TEST_CASE("a long message is cut, and what is no text becomes one", "[events]") {
    Bench bench;
    const auto letters = bench.say(0s, std::string(2000, 'x') + "\xff");
    REQUIRE(letters.size() == 1);
    CHECK(Json::parse(letters[0].body)["message"].get<std::string>().size() < 1024);
}
