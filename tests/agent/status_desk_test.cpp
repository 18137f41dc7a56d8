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
    verdict.good->metrics.push_back({SignalId{0}, CpuSource{}});
    verdict.admitted = true;
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

WallTime civil(Time time) { return WallTime{std::chrono::duration_cast<WallTime::duration>(time.time_since_epoch())}; }

PolicyStatus status(const Picture* seen, const ClusterPolicies::Verdict& verdict = good(), std::optional<ShownOverride> hand = {}, std::string annotation = {}) {
    ScalingSpec spec;
    spec.replicas = {2, 9};
    return status_of(verdict, {&spec, seen, std::move(hand), std::move(annotation), civil});
}

const PolicyCondition& condition(const PolicyStatus& status, std::string_view type) { return status.condition(type); }

StatusLuggage nothing(std::size_t) { return {}; }

struct Bench {
    PolicyObject object = cart();
    StatusDesk desk;
    std::vector<StatusDesk::Letter> due(Duration after, const PolicyStatus& status) {
        return desk.due(kNow + after, kWall + std::chrono::duration_cast<WallTime::duration>(after), {{&object, status, 5s, false}}, nothing);
    }
};

}  // namespace

TEST_CASE("where more statuses are due than are written at once, each has its turn", "[status_desk]") {
    constexpr std::size_t kPolicies = 1500;  // more than are written in a minute
    std::vector<PolicyObject> objects(kPolicies, cart());
    for (std::size_t i = 0; i < kPolicies; ++i) objects[i].uid = i + 1;
    StatusDesk desk;
    std::map<std::uint64_t, int> written;
    std::optional<Duration> changed_after;
    for (int second = 0; second < 240; ++second) {
        const auto after = std::chrono::seconds{second};
        const auto usual = picture(3, 0.7 + 0.0001 * second);  // other words each time
        const auto grown = picture(4);
        std::vector<StatusDesk::Entry> entries;
        for (std::size_t i = 0; i < kPolicies; ++i) entries.push_back({&objects[i], status(second >= 200 && i + 1 == kPolicies ? &grown : &usual), 5s, false});
        const auto letters = desk.due(kNow + after, kWall + after, entries, nothing);
        CHECK(letters.size() == StatusDesk::kMostAtOnce);
        for (const auto& letter : letters) {
            ++written[letter.uid];
            if (second >= 200 && letter.uid == kPolicies && !changed_after) changed_after = after;
        }
    }
    CHECK(written.size() == kPolicies);
    // 240 times 20 among 1500.
    for (const auto& [uid, times] : written) CHECK((times == 3 || times == 4 || uid == kPolicies));
    CHECK(changed_after == 200s);  // a change passes by mere words
}

TEST_CASE("a status waits for the one before it to arrive", "[status_desk]") {
    const auto object = cart();
    const auto three = picture(3);
    const auto four = picture(4);
    StatusDesk desk;
    REQUIRE(desk.due(kNow, kWall, {{&object, status(&three), 5s, false}}, nothing).size() == 1);
    CHECK(desk.due(kNow + 1s, kWall + 1s, {{&object, status(&four), 5s, true}}, nothing).empty());
    const auto letters = desk.due(kNow + 2s, kWall + 2s, {{&object, status(&four), 2s, false}}, nothing);
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].deadline == 2s);
}

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

TEST_CASE("what is in the way of a target stands in its conditions", "[status_desk]") {
    auto seen = picture(3);
    auto live = good();
    live.good->spec.mode = Mode::live;
    auto shadow = live;
    shadow.good->spec.mode = Mode::shadow;
    const auto of = [&](Obstacle::Kind kind, const char* type, const ClusterPolicies::Verdict& verdict) {
        seen.obstacle = Obstacle{kind, "the HorizontalPodAutoscaler shop/x scales it already", "delete it"};
        return condition(status(&seen, verdict), type);
    };
    using enum Obstacle::Kind;
    using Status = PolicyCondition::Status;
    const auto gone = of(unseen, "Ready", live);
    CHECK(gone.status == Status::no);
    CHECK(gone.reason == "FailedGetScale");
    CHECK(of(unseen, "Conflict", live).status == Status::no);
    const auto taken = of(scaled_by_another, "Conflict", live);
    CHECK(taken.status == Status::yes);
    CHECK(taken.reason == "ScaledByAutoscaler");
    CHECK(taken.message == "the HorizontalPodAutoscaler shop/x scales it already: delete it");
    const auto beside = of(scaled_by_another, "Conflict", shadow);
    CHECK(beside.status == Status::no);
    CHECK(beside.message == "the HorizontalPodAutoscaler shop/x scales it already; this policy writes nothing");
    CHECK(of(others_unseen, "Conflict", live).status == Status::unknown);
    CHECK(of(others_unseen, "Ready", live).status == Status::yes);
    seen.obstacle.reset();
    CHECK(condition(status(&seen, live), "Conflict").reason == "NoConflict");
    // Also before anything was decided.
    Picture fresh;
    fresh.obstacle = Obstacle{unseen, "there is no Deployment shop/cart"};
    CHECK(condition(status(&fresh, live), "Ready").message == "there is no Deployment shop/cart");
}

TEST_CASE("that metrics come another way than asked for stands beside what the signals say", "[status_desk]") {
    auto seen = picture(3);
    seen.detour = "the kubelet of n1: its certificate does not verify";
    auto active = condition(status(&seen), "Active");
    CHECK(active.status == PolicyCondition::Status::yes);
    CHECK(active.reason == "MetricsDetour");
    CHECK(active.message == "its signals say what to do; pods' metrics are asked of metrics.k8s.io: the kubelet of n1: its certificate does not verify");
    seen.last->health = Health::holding;
    active = condition(status(&seen), "Active");
    CHECK(active.status == PolicyCondition::Status::no);
    CHECK(active.reason == "FailedGetResourceMetric");
    CHECK(active.message.ends_with("; pods' metrics are asked of metrics.k8s.io: the kubelet of n1: its certificate does not verify"));
    seen.last->health = Health::active;
    seen.detour.clear();
    CHECK(condition(status(&seen), "Active").reason == "ValidMetricFound");
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
    CHECK(desk.due(kNow, kWall, entries, nothing).size() == 20);
    CHECK(desk.due(kNow, kWall, entries, nothing).size() == 20);
    CHECK(desk.due(kNow, kWall, entries, nothing).size() == 10);
}

TEST_CASE("the status says what is decided and since when it is so", "[status_desk]") {
    Bench bench;
    auto seen = picture(3);
    seen.scaled = kNow - 30s;
    (void)bench.due(0s, status(&seen));
    seen.last->health = Health::degraded;
    const auto letters = bench.due(90s, status(&seen));
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].ns == "shop");
    CHECK(letters[0].name == "cart");
    const auto json = Json::parse(letters[0].patch)[0].at("value");
    CHECK(json["observedGeneration"] == 3);
    CHECK(json["currentReplicas"] == 3);
    CHECK(json["state"] == "Degraded");
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
        verdict.trouble = ClusterPolicies::Verdict::Trouble::invalid;
        verdict.wrong = "spec.replicas: is required";
        const auto said = status(nullptr, verdict);
        CHECK(condition(said, "Ready").reason == "InvalidPolicy");
        CHECK(condition(said, "Ready").message == "spec.replicas: is required");
        CHECK(said.last_decision == "spec.replicas: is required");
        CHECK(condition(said, "Active").status == PolicyCondition::Status::unknown);
    }
    SECTION("another policy has the target") {
        verdict.admitted = false;
        verdict.trouble = ClusterPolicies::Verdict::Trouble::taken;
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
        CHECK(condition(status(&seen), "Active").reason == "FailedGetResourceMetric");
        CHECK(status(&seen).state == "Holding");
    }
    SECTION("the bounds hold it back") {
        auto seen = picture(9);
        seen.last->limits.push_back({14, 9, {Code::at_max, {}, {14, 9}}});
        CHECK(condition(status(&seen), "Limited").reason == "TooManyReplicas");
    }
    SECTION("a rollout holds it back") {
        auto seen = picture(5);
        seen.last->limits.push_back({3, 5, {Code::rolling_out, {}, {3, 5}}});
        CHECK(condition(status(&seen), "Limited").reason == "RolloutUnderWay");
    }
    SECTION("a disruption budget stands against its least size") {
        auto seen = picture(2);
        CHECK(condition(status(&seen), "Drainable").status == PolicyCondition::Status::yes);
        seen.last->warning = {Code::blocks_drains, {}, {2}};
        CHECK(condition(status(&seen), "Drainable").status == PolicyCondition::Status::no);
        CHECK(condition(status(&seen), "Drainable").reason == "MinAtDisruptionBudget");
        seen.last->warning = {Code::budgets_unknown, {}, {}};
        CHECK(condition(status(&seen), "Drainable").status == PolicyCondition::Status::unknown);
    }
    SECTION("somebody else sizes it") {
        auto seen = picture(3);
        seen.last->limits.push_back({5, 3, {Code::yields_to_decrease, {}, {3, 600}}});
        CHECK(condition(status(&seen), "Conflict").reason == "ForeignWrite");
    }
}

TEST_CASE("what goes along with a status is no reason to write it, and is asked for only then", "[status_desk]") {
    StatusDesk desk;
    const auto object = cart();
    const auto three = picture(3);
    int asked = 0;
    const auto pack = [&](std::size_t) {
        ++asked;
        return StatusLuggage{R"({"minReplicas": 2})", R"({"startup": {"p90": "20s"}})", R"({"same": 9})", "Y2g=", "x"};
    };
    const auto letters = desk.due(kNow, kWall, {{&object, status(&three)}}, pack);
    REQUIRE(letters.size() == 1);
    const auto patch = Json::parse(letters[0].patch);
    CHECK(patch[0]["op"] == "add");
    CHECK(patch[0]["path"] == "/status");
    CHECK(patch[0]["value"]["effective"]["minReplicas"] == 2);
    CHECK(patch[0]["value"]["learnt"]["startup"]["p90"] == "20s");
    CHECK(patch[0]["value"]["agreement"]["same"] == 9);
    CHECK(patch[0]["value"]["checkpoint"] == "Y2g=");
    CHECK(patch[0]["value"]["resumed"] == "x");
    for (Duration after = 1s; after < 59s; after += 1s) CHECK(desk.due(kNow + after, kWall, {{&object, status(&three)}}, pack).empty());
    CHECK(asked == 1);
}

TEST_CASE("a civil clock that moves a little against agent time is nothing new", "[status_desk]") {
    auto seen = picture(3);
    seen.scaled = kNow - 30s;
    const ShownOverride hand{OverrideSet::Kind::pause, 0, kWall, "night", false};
    const auto before = status(&seen, good(), hand);
    seen.scaled = kNow - 30s + 1ms;
    auto moved = hand;
    moved.until += 999ms;
    CHECK(status(&seen, good(), moved).says_the_same(before));
    seen.scaled = kNow - 27s;
    CHECK_FALSE(status(&seen, good(), hand).says_the_same(before));
}

TEST_CASE("the state says in a word what the policy does", "[status_desk]") {
    auto seen = picture(3);
    CHECK(status(&seen).state == "Steady");
    seen.last->replicas = 5;
    CHECK(status(&seen).state == "Scaling");
    seen.failure = "forbidden";
    CHECK(status(&seen).state == "Failing");
    CHECK(status(nullptr).state == "Starting");
    auto verdict = good();
    verdict.admitted = false;
    verdict.trouble = ClusterPolicies::Verdict::Trouble::over_budget;
    verdict.wrong = "its replicas.min of 5 does not fit";
    CHECK(status(nullptr, verdict).state == "Invalid");
    CHECK(condition(status(nullptr, verdict), "Ready").reason == "BudgetExceeded");
}

TEST_CASE("a person's hand is shown with its reason, and so is an annotation that makes no sense", "[status_desk]") {
    auto seen = picture(3);
    seen.last->health = Health::suspended;
    seen.last->reason = {Code::pinned, {}, {5, 600}};
    const auto pinned = status(&seen, good(), ShownOverride{OverrideSet::Kind::pin, 5, kWall, "sale", true});
    CHECK(pinned.state == "Pinned");
    CHECK(condition(pinned, "Active").reason == "ScalingDisabled");
    CHECK(pinned.last_decision.ends_with(": sale"));
    CHECK_FALSE(pinned.says_the_same(status(&seen)));
    const auto json = Json::parse(status_patch(pinned, {}))[0]["value"]["override"];
    CHECK(json == Json{{"kind", "pin"}, {"replicas", 5}, {"until", "2027-01-15T08:00:00Z"}, {"reason", "sale"}, {"by", "annotation"}});

    const auto odd = status(&seen, good(), {}, "the annotation setpoint.dev/pin: must be a size");
    CHECK(condition(odd, "Ready").reason == "InvalidAnnotation");
    CHECK(condition(odd, "Ready").message == "the annotation setpoint.dev/pin: must be a size; nothing is changed by it");
}
