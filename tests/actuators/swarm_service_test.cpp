// SPDX-License-Identifier: Apache-2.0
#include "actuators/swarm_service.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <future>
#include <nlohmann/json.hpp>

#include "tests/support/fake_engine.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using test::FakeEngine;
using test::Reply;

constexpr const char* kRuns = R"([{"ID": "t1", "Slot": 1, "NodeID": "n1", "DesiredState": "running",
    "Status": {"State": "running", "ContainerStatus": {"ContainerID": "aa"}}},
    {"ID": "t2", "Slot": 2, "DesiredState": "running", "Status": {"State": "preparing"}},
    {"ID": "t3", "Slot": 3, "NodeID": "n1", "DesiredState": "remove", "Status": {"State": "running"}}])";
constexpr const char* kHomeless = R"json([{"ID": "t1", "Slot": 1, "DesiredState": "running",
    "Status": {"State": "pending", "Err": "no suitable node (insufficient resources on 1 node)"}}])json";

Reply service(int size, int version = 7, const std::string& more = "") {
    return {200, R"({"ID": "s1", "Version": {"Index": )" + std::to_string(version) + R"(}, "Spec": {"Name": "cart", "Labels": {"a": "b"},
        "Mode": {"Replicated": {"Replicas": )" + std::to_string(size) + "}}}" + more + "}"};
}

const Reply kConflict{500, R"({"message": "rpc error: code = Unknown desc = update out of sequence"})"};
const Reply kGlobal{200, R"({"ID": "s1", "Version": {"Index": 7}, "Spec": {"Name": "cart", "Mode": {"Global": {}}}})"};

/// Keeps what is posted, and promises the last of it.
struct Results final : Sink {
    void post(Sample) override {}
    void post(TargetState state) override { seen.set_value(state); }
    void post(PodDelta delta) override { deltas.push_back(std::move(delta)); }
    void post(ApplyResult result) override { applied.set_value(std::move(result)); }
    std::promise<TargetState> seen;
    std::promise<ApplyResult> applied;
    std::vector<PodDelta> deltas;
};

/// Lets what the I/O thread gave itself to do come to its end.
void settle(IoThread& io) {
    for (int i = 0; i < 20; ++i) io.run([] {});
}

struct Outcome {
    std::optional<TargetState> seen;
    std::optional<ApplyResult> result;
    std::vector<PodDelta> deltas;
    std::vector<std::string> told;
    std::vector<std::string> asked;
    std::vector<std::string> bodies;

    [[nodiscard]] auto updates() const {
        return std::ranges::count_if(asked, [](const auto& what) { return what.starts_with("POST /services/s1/update?version="); });
    }
};

/// Looks, and where a size is wanted applies it then.
Outcome run(FakeEngine::Script script, std::optional<std::pair<Replicas, Replicas>> seen_and_wanted) {
    Results results;
    Outcome outcome;
    const auto log = std::make_shared<FakeEngine::Log>();
    log->script = std::move(script);
    const Clock clock;
    IoThread io;
    auto docker = test::docker_on(io, log);
    DockerWatch watch{io, *docker};
    SwarmService swarm{io, *docker, watch, clock, {TargetId{5}, "cart"}, [&](const SwarmNews::Line& line) { outcome.told.push_back(line.text); }};
    auto seen = results.seen.get_future();
    swarm.look(2s, results);
    settle(io);
    if (seen.wait_for(0s) == std::future_status::ready) outcome.seen = seen.get();
    if (seen_and_wanted) {
        auto result = results.applied.get_future();
        swarm.apply(seen_and_wanted->first, seen_and_wanted->second, 2s, results);
        REQUIRE(result.wait_for(5s) == std::future_status::ready);
        outcome.result = result.get();
    }
    settle(io);
    const std::lock_guard guard{log->lock};
    outcome.deltas = results.deltas;
    outcome.asked = log->asked;
    outcome.bodies = log->bodies;
    return outcome;
}

FakeEngine::Script engine(std::vector<Reply> services, std::vector<Reply> updates = {{200, "{}"}}, const char* tasks = kRuns) {
    services.insert(services.begin(), services.front());  // for the look
    return {{"/services/cart", std::move(services)}, {"/tasks", {{200, tasks}}}, {"/services/s1/update", std::move(updates)}};
}

}  // namespace

TEST_CASE("a look tells the size asked for, what serves and what exists", "[swarm]") {
    const auto outcome = run(engine({service(4)}), {});
    REQUIRE(outcome.seen);
    CHECK(outcome.seen->target == TargetId{5});
    CHECK(outcome.seen->replicas == 4);
    CHECK(outcome.seen->ready == 1);
    CHECK(outcome.seen->status == 2);
    CHECK(outcome.deltas.size() == 3);
    CHECK(outcome.told.empty());
    CHECK(std::ranges::any_of(outcome.asked, [](const auto& what) {
        return what == "GET /tasks?filters=%7B%22desired-state%22%3A%5B%22running%22%2C%22ready%22%2C%22accepted%22%2C%22remove%22%5D%2C%22service%22%3A%5B%22s1%22%5D%7D";
    }));
}

TEST_CASE("a service without a size, or none at all, is told and has no state", "[swarm]") {
    const std::vector<Reply> replies{kGlobal, {404, R"({"message": "service cart not found"})"},
                                     {503, R"({"message": "This node is not a swarm manager."})"}, {200, "{}"}};
    const auto outcome = run(engine({replies[GENERATE(0U, 1U, 2U, 3U)]}), {});
    CHECK_FALSE(outcome.seen);
    CHECK(outcome.told.size() == 1);
}

TEST_CASE("an Engine that does not answer is no news of a service", "[swarm]") {
    const auto outcome = run(engine({{0, ""}}), {});
    CHECK_FALSE(outcome.seen);
    CHECK(outcome.told.empty());
}

TEST_CASE("a size is set by the service's own spec on the version that was read", "[swarm]") {
    const auto outcome = run(engine({service(2, 41)}), {{2, 5}});
    CHECK(outcome.result->outcome == ApplyOutcome::applied);
    CHECK(outcome.result->replicas == 5);
    CHECK(outcome.result->target == TargetId{5});
    REQUIRE(outcome.asked.back() == "POST /services/s1/update?version=41");
    CHECK(nlohmann::json::parse(outcome.bodies.back()) ==
          nlohmann::json::parse(R"({"Name": "cart", "Labels": {"a": "b"}, "Mode": {"Replicated": {"Replicas": 5}}})"));
}

TEST_CASE("a service is set to zero like to any size", "[swarm]") {
    CHECK(run(engine({service(2)}), {{2, 0}}).result->replicas == 0);
}

TEST_CASE("a size that is not the one seen is left alone, and the one wanted is there already", "[swarm]") {
    const auto foreign = run(engine({service(3)}), {{2, 5}});
    CHECK(foreign.result->outcome == ApplyOutcome::foreign);
    CHECK(foreign.result->replicas == 3);
    CHECK(foreign.updates() == 0);
    const auto same = run(engine({service(2)}), {{2, 2}});
    CHECK(same.result->outcome == ApplyOutcome::applied);
    CHECK(same.updates() == 0);
}

TEST_CASE("an update that somebody else was faster than is tried once more on what is there then", "[swarm]") {
    SECTION("nothing that matters has changed") {
        const auto outcome = run(engine({service(2, 7), service(2, 9)}, {kConflict, {200, "{}"}}), {{2, 5}});
        CHECK(outcome.result->outcome == ApplyOutcome::applied);
        CHECK(outcome.asked.back() == "POST /services/s1/update?version=9");
    }
    SECTION("the size has") {
        const auto outcome = run(engine({service(2, 7), service(4, 9)}, {kConflict}), {{2, 5}});
        CHECK(outcome.result->outcome == ApplyOutcome::foreign);
        CHECK(outcome.result->replicas == 4);
        CHECK(outcome.updates() == 1);
    }
    SECTION("a rollout has begun") {
        const auto outcome = run(engine({service(2, 7), service(2, 9, R"(, "UpdateStatus": {"State": "paused"})")}, {kConflict}), {{2, 5}});
        CHECK(outcome.result->outcome == ApplyOutcome::refused);
        CHECK(outcome.updates() == 1);
    }
    SECTION("again and again") {
        const auto outcome = run(engine({service(2)}, {kConflict}), {{2, 5}});
        CHECK(outcome.result->outcome == ApplyOutcome::refused);
        CHECK_THAT(outcome.result->message, Contains("out of sequence"));
        CHECK(outcome.updates() == 2);
    }
}

TEST_CASE("an update without an answer is looked into", "[swarm]") {
    const auto carried_out = run(engine({service(2), service(5, 9)}, {{0, ""}}), {{2, 5}});
    CHECK(carried_out.result->outcome == ApplyOutcome::applied);
    CHECK(carried_out.updates() == 1);
    const auto late = run(engine({service(2), service(2), service(5, 9)}, {{0, ""}, kConflict}), {{2, 5}});
    CHECK(late.result->outcome == ApplyOutcome::applied);
    const auto never = run(engine({service(2)}, {{0, ""}}), {{2, 5}});
    CHECK(never.result->outcome == ApplyOutcome::unreachable);
    CHECK(never.result->replicas == 2);
}

TEST_CASE("what the manager refuses is told in its words", "[swarm]") {
    const auto outcome = run(engine({service(2)}, {{400, R"({"message": "no such secret"})"}}), {{2, 5}});
    CHECK(outcome.result->outcome == ApplyOutcome::refused);
    CHECK_THAT(outcome.result->message, Contains("no such secret"));
}

TEST_CASE("rollouts go before sizes, and a size in one is told", "[swarm]") {
    const std::string rolling = R"(, "UpdateStatus": {"State": "updating", "StartedAt": "2026-01-31T08:05:00Z"},
        "PreviousSpec": {"TaskTemplate": {"ContainerSpec": {"Image": "cart:1"}}})";
    const auto down = run(engine({service(4, 7, rolling)}), {{4, 2}});
    CHECK(down.result->outcome == ApplyOutcome::refused);
    CHECK(down.updates() == 0);
    const auto up = run(engine({service(4, 7, rolling)}), {{4, 6}});
    CHECK(up.result->outcome == ApplyOutcome::applied);
    REQUIRE(up.told.size() == 2);  // the rollout, and its way back
    CHECK_THAT(up.told.back(), Contains("cart:1"));
}

TEST_CASE("where replicas find no node none are added, but some may go", "[swarm]") {
    const auto up = run(engine({service(2)}, {{200, "{}"}}, kHomeless), {{2, 5}});
    CHECK(up.result->outcome == ApplyOutcome::refused);
    CHECK_THAT(up.result->message, Contains("insufficient resources"));
    CHECK(run(engine({service(2)}, {{200, "{}"}}, kHomeless), {{2, 1}}).result->outcome == ApplyOutcome::applied);
}

TEST_CASE("a service without a size cannot be given one", "[swarm]") {
    const auto outcome = run(engine({kGlobal}), {{2, 5}});
    CHECK(outcome.result->outcome == ApplyOutcome::refused);
    CHECK(outcome.result->replicas == 2);
}

}  // namespace setpoint
