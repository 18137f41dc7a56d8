// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/explanation.hpp"

#include <catch2/catch.hpp>

#include "agent/documents/document.hpp"
#include "agent/journal/writer.hpp"
#include "policies/reducer.hpp"
#include "tests/support/temporary_folder.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time{1'700'000'000s};

/// An agent whose one policy keeps a backlog at 10 a replica, with the backlogs of `backlogs`, one every 15 s.
void run(const std::filesystem::path& folder, const std::vector<double>& backlogs, int max = 20, const std::vector<std::string>& namespaces = {""}) {
    const auto documents = parse_documents(
        "apiVersion: setpoint.dev/v1alpha1\nkind: ScalingPolicy\nmetadata: { name: web }\nspec:\n"
        "  target: { docker: { label: app=web } }\n  replicas: { min: 1, max: " + std::to_string(max) + " }\n  interval: 15s\n"
        "  signals: { backlog: {} }\n  policies: [ { track: { signal: backlog, averageValue: 10 } } ]\n"
        "  behavior: { scaleUp: { policies: [ { type: Pods, value: 100, periodSeconds: 15 } ] } }\n",
        "f");
    REQUIRE(documents.ok());
    JournalSettings settings;
    settings.folder = folder;
    auto journal = JournalWriter::open(settings);
    REQUIRE(journal);
    Reducer control;
    Replicas size = 4;
    const auto feed = [&](Time time, EventBody body) {
        const Event event{time, std::move(body)};
        const auto* decision = control.reduce(event);
        (*journal)->record(event, decision, control);
        return decision;
    };
    std::vector<ScalingSpec> specs;
    for (const auto& ns : namespaces) specs.emplace_back(documents.policies[0].spec).name_space = ns;
    feed(kStart, *configuration(specs));
    Time now = kStart;
    for (std::uint32_t other = 1; other < specs.size(); ++other) feed(now, Tick{TargetId{other}, WallTime{now.time_since_epoch()}});
    for (const double backlog : backlogs) {
        now += 15s;
        feed(now, TargetState{TargetId{0}, size, size, {}});
        Sample sample;
        sample.kind = SampleKind::scalar;
        sample.value = backlog;
        sample.measured = now;
        feed(now, std::move(sample));
        const auto* decision = feed(now, Tick{TargetId{0}, WallTime{now.time_since_epoch()}});
        REQUIRE(decision != nullptr);
        if (!decision->apply) continue;
        size = decision->replicas;
        feed(now + 1s, ApplyResult{TargetId{0}, size, size, ApplyOutcome::applied, {}});
    }
}

}  // namespace

TEST_CASE("a decision is explained with the values where it would have turned", "[explanation]") {
    const TemporaryFolder folder;
    run(folder.path(), {40, 65});
    const auto why = explain(folder.path(), "web", std::nullopt);
    REQUIRE(why);
    CHECK(why->spec.name == "web");
    CHECK(why->decision.current == 4);
    CHECK(why->decision.replicas == 7);  // ceil(65 / 10)
    REQUIRE(why->applied);
    CHECK(why->applied->outcome == ApplyOutcome::applied);
    // 7 replicas for more than 60 and up to 70.
    REQUIRE(why->turnings.size() == 1);
    REQUIRE(why->turnings[0].up);
    CHECK_THAT(*why->turnings[0].up, Catch::Matchers::WithinAbs(70, 0.1));
    CHECK(why->turnings[0].more == 8);
    REQUIRE(why->turnings[0].down);
    CHECK_THAT(*why->turnings[0].down, Catch::Matchers::WithinAbs(60, 0.1));
    CHECK(why->turnings[0].fewer == 6);
}

TEST_CASE("an earlier time has the decision in force then, and a later one the change before it", "[explanation]") {
    const TemporaryFolder folder;
    run(folder.path(), {40, 65, 65, 65});
    const auto then = explain(folder.path(), "web", kStart + 20s);
    REQUIRE(then);
    CHECK(then->decision.time == kStart + 15s);
    CHECK(then->decision.replicas == 4);
    CHECK_FALSE(then->change);
    const auto later = explain(folder.path(), "web", std::nullopt);
    REQUIRE(later);
    REQUIRE(later->change);
    CHECK(later->change->time == kStart + 30s);
    CHECK(later->change->from == 4);
    CHECK(later->change->to == 7);
}

TEST_CASE("at its maximum no more of the signal makes it larger", "[explanation]") {
    const TemporaryFolder folder;
    run(folder.path(), {40, 95}, 6);
    const auto why = explain(folder.path(), "web", std::nullopt);
    REQUIRE(why);
    CHECK(why->decision.replicas == 6);
    REQUIRE(why->turnings.size() == 1);
    CHECK_FALSE(why->turnings[0].up);
    REQUIRE(why->turnings[0].down);
    CHECK_THAT(*why->turnings[0].down, Catch::Matchers::WithinAbs(50, 0.1));
    CHECK(why->turnings[0].fewer == 5);
}

TEST_CASE("what is not on record is said", "[explanation]") {
    const TemporaryFolder folder;
    CHECK(explain(folder.path(), "web", std::nullopt).error().code == Errc::no_data);
    run(folder.path(), {40});
    const auto unknown = explain(folder.path(), "wbe", std::nullopt);
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == Errc::bad_config);
    CHECK(unknown.error().message.find("it has: web") != std::string::npos);
    CHECK(explain(folder.path(), "web", kStart - 1h).error().code == Errc::no_data);
}

TEST_CASE("of policies with one name the namespace says which is explained", "[explanation]") {
    const TemporaryFolder folder;
    run(folder.path(), {40, 60}, 20, {"prod", "staging"});
    CHECK(explain(folder.path(), "prod/web", std::nullopt)->decision.replicas == 6);  // 60 at 10 each
    const auto either = explain(folder.path(), "web", std::nullopt);
    REQUIRE_FALSE(either);
    CHECK(either.error().code == Errc::bad_config);
    CHECK(either.error().message.find("prod/web, staging/web") != std::string::npos);
}

}  // namespace setpoint
