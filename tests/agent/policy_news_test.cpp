// SPDX-License-Identifier: Apache-2.0
#include "agent/live/policy_news.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;
using namespace std::chrono_literals;

namespace {

constexpr Time kNow{1'800'000'000s};
const WallTime kWall{1'800'000'000s};

/// A policy as a story: what is seen changes, and each look yields what is new.
struct Story {
    ClusterPolicies::Verdict verdict;
    ScalingSpec spec;
    Picture picture;
    std::optional<ShownOverride> hand;
    std::optional<PolicyGlance> glance;

    Story() {
        verdict.good.emplace();
        verdict.good->target = "kubernetes Deployment cart";
        verdict.admitted = true;
        picture.signal_names = {"cpu"};
        picture.size = 3;
        picture.last.emplace();
        picture.last->replicas = 3;
        picture.last->health = Health::active;
    }
    std::string look(Duration after) {
        const auto status = status_of(verdict, {&spec, &picture, hand, {}, [](Time) { return kWall; }});
        auto news = news_of(glance ? &*glance : nullptr, status, &picture, kNow + after);
        glance = std::move(news.glance);
        std::string text;
        for (const auto& one : news.occasions) text += (text.empty() ? "" : "; ") + std::string{one.warning ? "! " : ""} + std::string{one.reason} + ": " + one.message;
        return text;
    }
};

}  // namespace

TEST_CASE("where nothing happens there is no Event", "[policy_news]") {
    Story story;
    CHECK(story.look(0s).empty());
    CHECK(story.look(5s).empty());
}

TEST_CASE("each change of the size is an Event, with who made it", "[policy_news]") {
    Story story;
    story.picture.change = Picture::Change{kNow - 1min, 1, 3, "from before", true, {}};
    CHECK(story.look(0s).empty());
    story.picture.change = Picture::Change{kNow, 3, 8, "cpu asks for 8", true, {}};
    CHECK(story.look(1s) == "SuccessfulRescale: scaled from 3 to 8: cpu asks for 8");
    CHECK(story.look(2s).empty());
    story.picture.change = Picture::Change{kNow + 3s, 8, 5, "", false, "kubectl-edit"};
    CHECK(story.look(3s) == "ForeignWrite: the size was changed from 8 to 5 by kubectl-edit, not by setpoint");
    story.picture.change = Picture::Change{kNow + 4s, 5, 2, "", false, {}};
    CHECK(story.look(4s) == "ForeignWrite: the size was changed from 5 to 2 by somebody else, not by setpoint");
}

TEST_CASE("trouble is told once, and its end", "[policy_news]") {
    Story story;
    (void)story.look(0s);
    story.verdict.trouble = ClusterPolicies::Verdict::Trouble::invalid;
    story.verdict.wrong = "spec.replcas: unknown key";
    CHECK(story.look(1s) == "! InvalidPolicy: spec.replcas: unknown key; the policy before this change is in force");
    CHECK(story.look(2s).empty());
    story.verdict.trouble = ClusterPolicies::Verdict::Trouble::none;
    story.verdict.wrong.clear();
    CHECK(story.look(3s) == "Ready: the policy is understood and its target is there");
    story.picture.failure = "forbidden";
    CHECK(story.look(4s) == "! FailedRescale: forbidden");
    story.picture.failure = "forbidden, in other words";
    CHECK(story.look(5s).empty());
}

TEST_CASE("a hold is an Event when it lasts, when it is degraded, and when it ends", "[policy_news]") {
    Story story;
    (void)story.look(0s);
    story.picture.last->health = Health::holding;
    story.picture.last->reason = {Code::no_data, SignalId{0}, {}};
    story.picture.held_since = kNow;
    CHECK(story.look(59s).empty());
    CHECK(story.look(60s) == "! FailedGetMetrics: keeps its 3 replicas: cpu has no data");
    CHECK(story.look(61s).empty());
    story.picture.last->health = Health::degraded;
    CHECK(story.look(30min) == "! HeldTooLong: cpu has no data");
    CHECK(story.look(31min).empty());
    story.picture.last->health = Health::active;
    story.picture.held_since.reset();
    CHECK(story.look(32min) == "Recovered: decides again, at 3 replicas");
}

TEST_CASE("a person's hand is an Event, and that it is gone", "[policy_news]") {
    Story story;
    (void)story.look(0s);
    story.hand = ShownOverride{OverrideSet::Kind::pin, 5, kWall, "sale", true};
    CHECK(story.look(1s) == "Pinned: pinned to 5 until 2027-01-15T08:00:00Z: sale");
    story.hand = ShownOverride{OverrideSet::Kind::pause_down, 0, kWall, "sale", false};
    CHECK(story.look(2s) == "Paused: does not shrink until 2027-01-15T08:00:00Z: sale");
    story.hand.reset();
    CHECK(story.look(3s) == "Resumed: nobody pins or pauses it any more");
}
