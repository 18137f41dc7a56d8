// SPDX-License-Identifier: Apache-2.0
#include "agent/admin/answers.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "agent/admin/gallery.hpp"
#include "agent/admin/orders.hpp"
#include "tests/agent/admin_room.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

}  // namespace

TEST_CASE("nothing is known before the first look, and nothing is shown as zero", "[admin]") {
    Room room;
    room.take(Tick{kWeb, {}});
    const auto policy = room.policy();
    for (const char* field : {"replicas", "ready", "desired", "lastChange", "error", "override"}) {
        INFO(field);
        CHECK(policy.at(field).is_null());
    }
    CHECK(policy.at("signals").at(0).at("value").is_null());
    CHECK(policy.at("code") == "target_unknown");
    CHECK(room.decisions({}, 100).empty());
}

TEST_CASE("a policy shows its size, its signals with their goals, and its last change", "[admin]") {
    Room room;
    room.tick(20, 2);
    room.tick(38, 2);  // 38 at 10 each: 4
    auto policy = room.policy();
    CHECK(policy.at("replicas") == 2);
    CHECK(policy.at("desired") == 4);
    CHECK(policy.at("health") == "active");
    CHECK(policy.at("skipped") == 3);
    CHECK(policy.at("signals").at(0).at("unit") == "/s");
    CHECK(policy.at("signals").at(0).at("goal") == 10);
    CHECK(policy.at("signals").at(0).at("state") == "fresh");
    room.take(ApplyResult{kWeb, 4, 4, ApplyOutcome::applied, ""});
    policy = room.policy();
    CHECK(policy.at("replicas") == 4);
    CHECK(policy.at("lastChange").at("from") == 2);
    CHECK(policy.at("lastChange").at("to") == 4);
    room.take(ApplyResult{kWeb, 5, 4, ApplyOutcome::refused, "no room"});
    CHECK(room.policy().at("error") == "no room");
    const auto full = policy_in_full_json({room.control, room.gallery, room.ports}, kWeb);
    CHECK(full.at("decision").at("replicas") == 4);
    CHECK(full.at("decision").at("current") == 2);  // as it was decided
}

TEST_CASE("decisions are kept, the newest within bounds, over a reload of the same signals", "[admin]") {
    Room room;
    for (int i = 0; i < 1000; ++i) room.tick(20, 2);
    CHECK(room.decisions({}, 10'000).size() == Gallery::kMostEach);
    const auto last = room.decisions({}, 2);
    REQUIRE(last.size() == 2);
    CHECK(last.at(1).at("time") == unix_seconds(room.now));
    CHECK(last.at(0).at("time") == unix_seconds(room.now - 1s));
    CHECK(last.at(1).at("signals").at("load") == 10);  // per replica, as its goal
    CHECK(room.decisions(room.now - 3s, 100).size() == 3);
    CHECK(room.decisions(room.now, 100).empty());
    room.take(*configuration({spec("other"), spec("web")}));
    CHECK(room.decisions({}, 100).empty());  // of "other"
    CHECK(decisions_json({room.control, room.gallery, room.ports}, TargetId{1}, {}, 100).at("decisions").size() == 100);
}

TEST_CASE("an override is shown until it ends", "[admin]") {
    Room room;
    room.take(OverrideSet{kWeb, OverrideSet::Kind::pin, 3, room.now + 60s, "sale"});
    CHECK(room.policy().at("override").at("kind") == "pin");
    CHECK(room.policy().at("override").at("replicas") == 3);
    room.now += 60s;
    CHECK(room.policy().at("override").is_null());
}

TEST_CASE("a policy in shadow is compared with whoever scales its target", "[admin]") {
    auto shadow = spec("web");
    shadow.mode = Mode::shadow;
    Room room{{shadow}};
    CHECK(room.policy().at("agreement").is_null());
    room.tick(38, 4);  // 38 at 10 each: 4
    room.tick(38, 4);
    room.tick(38, 3);
    room.tick(38, 2);
    const auto agreement = room.policy().at("agreement");
    CHECK(agreement.at("decisions") == 4);
    CHECK(agreement.at("same") == 2);
    CHECK(agreement.at("meanDifference") == 0.75);  // (0 + 0 + 1 + 2) / 4
    CHECK(agreement.at("over") == 3);
    CHECK_FALSE(Room{}.policy().contains("agreement"));
}

TEST_CASE("of policies with one name the namespace says which", "[admin]") {
    auto prod = spec("web");
    auto staging = spec("web");
    prod.name_space = "prod";
    staging.name_space = "staging";
    Room room{{prod, staging, spec("api")}};
    CHECK(room.control.find("staging/web") == TargetId{1});
    CHECK(room.control.find("api") == TargetId{2});
    CHECK(room.control.find("wbe").error().code == Errc::no_data);
    CHECK(room.control.find("web").error().code == Errc::conflict);
    const auto pin = [&](std::string policy) {
        return read_order(R"({"kind":"pin","replicas":3,"for":"2h","reason":"sale","policy":")" + policy + "\"}", room.control, kStart);
    };
    CHECK_THAT(pin("web").error().message, Contains("prod/web, staging/web"));
    CHECK(pin("prod/web")->targets == std::vector{TargetId{0}});
    CHECK(room.policy().at("id") == "prod/web");
    CHECK(room.policy().at("name") == "web");
}

TEST_CASE("what is wrong with an order can be said without any policy", "[admin]") {
    CHECK(check_order(R"({"policy":"any","kind":"pin","replicas":3,"for":"2h","reason":"sale"})"));
    CHECK(check_order(R"({"kind":"resume","policy":"any"})"));
    const auto wrong = [](const std::string& more) { return check_order(R"({"policy":"any","kind":"pin","replicas":3)" + more + "}").error().message; };
    CHECK_THAT(wrong(R"(,"for":"60d","reason":"x")"), Contains("for: 1s to 30d is wanted, was 60d"));
    CHECK_THAT(wrong(R"(,"for":"0s","reason":"x")"), Contains("for: 1s to 30d is wanted, was 0s"));
    CHECK_THAT(wrong(R"(,"for":"2","reason":"x")"), Contains("for: "));
    CHECK_THAT(wrong(R"(,"for":"2h")"), Contains("reason: say why"));
    CHECK_THAT(wrong(R"(,"for":"2h","reason":")" + std::string(201, 'x') + '"'), Contains("reason: at most 200"));
}

TEST_CASE("an order says whom, what, how long and why", "[admin]") {
    Room room{{spec("web"), spec("api")}};
    const auto pin = read_order(R"({"policy":"api","kind":"pin","replicas":3,"for":"2h","reason":"sale"})", room.control, kStart);
    REQUIRE(pin);
    CHECK(pin->targets == std::vector<TargetId>{TargetId{1}});
    CHECK(pin->set.replicas == 3);
    CHECK(pin->set.until == kStart + 2h);
    CHECK(read_order(R"({"all":true,"kind":"pauseDown","for":"30d","reason":"x"})", room.control, kStart)->targets.size() == 2);
    CHECK(read_order(R"({"all":true,"kind":"resume"})", room.control, kStart));
    CHECK(read_order(R"({"policy":"no","kind":"resume"})", room.control, kStart).error().code == Errc::no_data);
    const auto refused = [&](const char* json, const char* why) {
        INFO(json);
        const auto order = read_order(json, room.control, kStart);
        REQUIRE_FALSE(order);
        CHECK_THAT(order.error().message, Contains(why));
    };
    refused("", "no JSON");
    refused("[]", "no JSON object");
    refused("{}", "policy");
    refused(R"({"policy":"web","all":true,"kind":"resume"})", "either");
    refused(R"({"policy":"web","kind":"stop"})", "kind");
    refused(R"({"policy":"web","kind":"pin","for":"2h","reason":"x"})", "replicas");
    refused(R"({"policy":"web","kind":"pin","replicas":-1,"for":"2h","reason":"x"})", "replicas");
    refused(R"({"policy":"web","kind":"pin","replicas":1.5,"for":"2h","reason":"x"})", "replicas");
    refused(R"({"policy":"web","kind":"pin","replicas":99999999999999999999,"for":"2h","reason":"x"})", "replicas");
    refused(R"({"policy":"web","kind":"pause","reason":"x"})", "for");
    refused(R"({"policy":"web","kind":"pause","for":"31d","reason":"x"})", "30d");
    refused(R"({"policy":"web","kind":"pause","for":2,"reason":"x"})", "for");
    refused(R"({"policy":"web","kind":"pause","for":"2h"})", "reason");
    refused(R"({"policy":"web","kind":"pause","for":"2h","reason":"x","replica":1})", "replica");
}

}  // namespace setpoint::test
