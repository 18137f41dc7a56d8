// SPDX-License-Identifier: Apache-2.0
#include "agent/live/status_desk.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace setpoint;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

constexpr Time kNow{1'800'000'000s};
const WallTime kWall{1'800'000'000s};  // 2027-01-15T08:00:00Z

PolicyObject cart() {
    PolicyObject object;
    object.ns = "shop";
    object.name = "cart";
    object.uid = 7;
    object.generation = 3;
    return object;
}

ClusterPolicies::Verdict good() {
    ClusterPolicies::Verdict verdict;
    verdict.object = cart();
    verdict.good.emplace();
    verdict.good->target = "kubernetes Deployment cart";
    return verdict;
}

/// What was decided last, on a healthy target.
Picture picture(Replicas replicas, double measured = 0.8) {
    Picture made;
    made.signal_names = {"cpu"};
    made.size = replicas;
    made.last.emplace();
    made.last->replicas = replicas;
    made.last->health = Health::active;
    made.last->reason = {Code::ratio, SignalId{0}, {measured, 0.7, measured / 0.7, 3, 3.4}};
    return made;
}

PolicyStatus status(const Picture* seen, const ClusterPolicies::Verdict& verdict = good()) {
    ScalingSpec spec;
    spec.replicas = {2, 9};
    return status_of(verdict, &spec, seen, [](Time time) { return WallTime{std::chrono::duration_cast<WallTime::duration>(time.time_since_epoch())}; });
}

const PolicyCondition& condition(const PolicyStatus& status, std::string_view type) {
    for (const auto& one : status.conditions) {
        if (one.type == type) return one;
    }
    FAIL("no " << type);
    throw 0;
}

struct Bench {
    PolicyObject object = cart();
    StatusDesk desk;
    std::vector<StatusDesk::Letter> due(Duration after, const PolicyStatus& status) {
        return desk.due(kNow + after, kWall + std::chrono::duration_cast<WallTime::duration>(after), {{&object, status}});
    }
};

}  // namespace

TEST_CASE("a status is written when it says something new, and its words once a minute", "[status_desk]") {
    Bench bench;
    const auto three = picture(3);
    REQUIRE(bench.due(0s, status(&three)).size() == 1);
    const auto warmer = picture(3, 0.81);
    CHECK(bench.due(5s, status(&warmer)).empty());
    CHECK(bench.due(60s, status(&warmer)).size() == 1);
    CHECK(bench.due(120s, status(&warmer)).empty());
    const auto four = picture(4);
    CHECK(bench.due(121s, status(&four)).size() == 1);
}

TEST_CASE("a status that was not written is written again after a while", "[status_desk]") {
    Bench bench;
    const auto three = picture(3);
    REQUIRE(bench.due(0s, status(&three)).size() == 1);
    bench.desk.failed(7, kNow);
    CHECK(bench.due(9s, status(&three)).empty());
    CHECK(bench.due(10s, status(&three)).size() == 1);
}

TEST_CASE("of many that are new few are written at a time", "[status_desk]") {
    StatusDesk desk;
    std::vector<PolicyObject> objects(50, cart());
    std::vector<StatusDesk::Entry> entries;
    const auto three = picture(3);
    for (std::size_t i = 0; i < objects.size(); ++i) {
        objects[i].uid = i + 1;
        entries.push_back({&objects[i], status(&three)});
    }
    CHECK(desk.due(kNow, kWall, entries).size() == 20);
    CHECK(desk.due(kNow, kWall, entries).size() == 20);
    CHECK(desk.due(kNow, kWall, entries).size() == 10);
}

TEST_CASE("the status says what is decided and since when it is so", "[status_desk]") {
    Bench bench;
    auto seen = picture(3);
    seen.change = Picture::Change{kNow - 30s, 2, 3, "cpu"};
    (void)bench.due(0s, status(&seen));
    seen.last->health = Health::degraded;
    const auto letters = bench.due(90s, status(&seen));
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].ns == "shop");
    CHECK(letters[0].name == "cart");
    const auto json = Json::parse(letters[0].patch).at("status");
    CHECK(json["observedGeneration"] == 3);
    CHECK(json["currentReplicas"] == 3);
    CHECK(json["effective"] == Json{{"mode", "live"}, {"minReplicas", 2}, {"maxReplicas", 9}});
    CHECK(json["lastScaleTime"] == "2027-01-15T07:59:30Z");
    std::map<std::string, Json> conditions;
    for (const auto& one : json["conditions"]) conditions[one["type"]] = one;
    CHECK(conditions["Ready"]["status"] == "True");
    CHECK(conditions["Ready"]["lastTransitionTime"] == "2027-01-15T08:00:00Z");
    CHECK(conditions["Degraded"]["status"] == "True");
    CHECK(conditions["Degraded"]["lastTransitionTime"] == "2027-01-15T08:01:30Z");
}

TEST_CASE("conditions tell what is wrong apart", "[status_desk]") {
    auto verdict = good();
    SECTION("a policy that was never right") {
        verdict.good.reset();
        verdict.wrong = "spec.replicas: is required";
        const auto said = status(nullptr, verdict);
        CHECK(condition(said, "Ready").reason == "InvalidPolicy");
        CHECK(condition(said, "Ready").message == "spec.replicas: is required");
        CHECK(said.last_decision == "spec.replicas: is required");
        CHECK(condition(said, "Active").status == PolicyCondition::Status::unknown);
    }
    SECTION("another policy has the target") {
        verdict.taken = true;
        verdict.wrong = "the ScalingPolicy shop/other scales the kubernetes Deployment cart already";
        const auto said = status(nullptr, verdict);
        CHECK(condition(said, "Ready").reason == "TargetTaken");
        CHECK(condition(said, "Conflict").status == PolicyCondition::Status::yes);
    }
    SECTION("the target is not there") {
        auto seen = picture(0);
        seen.last->reason = {Code::target_unknown, {}, {}};
        const auto said = status(&seen);
        CHECK(condition(said, "Ready").reason == "FailedGetScale");
        CHECK_FALSE(said.current);
    }
    SECTION("a write was refused") {
        auto seen = picture(3);
        seen.failure = "deployments.apps \"cart\" is forbidden";
        CHECK(condition(status(&seen), "Ready").reason == "FailedUpdateScale");
    }
    SECTION("signals are missing") {
        auto seen = picture(3);
        seen.last->health = Health::holding;
        seen.last->reason = {Code::no_data, SignalId{0}, {}};
        CHECK(condition(status(&seen), "Active").reason == "FailedGetMetrics");
    }
    SECTION("the bounds hold it back") {
        auto seen = picture(9);
        seen.last->limits.push_back({14, 9, {Code::at_max, {}, {14, 9}}});
        CHECK(condition(status(&seen), "Limited").reason == "TooManyReplicas");
    }
    SECTION("somebody else sizes it") {
        auto seen = picture(3);
        seen.last->limits.push_back({5, 3, {Code::yields_to_decrease, {}, {3, 600}}});
        CHECK(condition(status(&seen), "Conflict").reason == "ForeignWrite");
    }
}
