// SPDX-License-Identifier: Apache-2.0
#include "actuators/docker_group.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <future>

#include "actuators/docker_plan.hpp"
#include "actuators/shadow.hpp"
#include "tests/support/fake_engine.hpp"

namespace setpoint {
namespace {

using namespace std::chrono_literals;
using test::FakeEngine;

constexpr const char* kOne = R"([{"Id": "aa", "Names": ["/cart-1"], "State": "running", "Labels": {"app": "cart"}}])";
constexpr const char* kStopped = R"([{"Id": "aa", "Names": ["/cart-1"], "State": "exited", "Labels": {"app": "cart"}}])";
constexpr const char* kThree = R"([{"Id": "aa", "Names": ["/cart-1"], "State": "running", "Created": 1, "Labels": {"app": "cart"}},
    {"Id": "bb", "Names": ["/cart-2"], "State": "running", "Created": 2, "Labels": {"app": "cart", "setpoint.dev/policy": "cart"}},
    {"Id": "cc", "Names": ["/cart-3"], "State": "running", "Created": 3, "Labels": {"app": "cart", "setpoint.dev/policy": "cart"}}])";

std::string inspected(const std::string& id, const std::string& host) {
    return R"({"Id": ")" + id + R"(", "Name": "/cart-1", "Image": "sha256:feed", "State": {"Status": "running"},
        "Config": {"Labels": {"app": "cart"}}, "HostConfig": )" + host + "}";
}

/// Keeps the states, and waits for one result.
struct Results final : Sink {
    void post(Sample) override {}
    void post(TargetState state) override { seen.set_value(state); }
    void post(PodDelta) override {}
    void post(ApplyResult result) override { applied.set_value(std::move(result)); }
    std::promise<TargetState> seen;
    std::promise<ApplyResult> applied;
};

struct Applied {
    ApplyResult result;
    std::vector<std::string> asked;
    std::vector<std::string> bodies;
};

/// Lets what the I/O thread gave itself to do come to its end.
void settle(IoThread& io) {
    for (int i = 0; i < 10; ++i) io.run([] {});
}

Applied apply(FakeEngine::Script script, Replicas seen, Replicas wanted) {
    Results results;
    const auto log = std::make_shared<FakeEngine::Log>();
    log->script = std::move(script);
    const Clock clock;
    IoThread io;
    {
        auto docker = test::docker_on(io, log);
        DockerWatch watch{io, *docker};
        DockerGroup group{io, *docker, watch, clock, {TargetId{5}, "cart", {"app=cart"}}};
        auto result = results.applied.get_future();
        group.apply(seen, wanted, 2s, results);
        REQUIRE(result.wait_for(5s) == std::future_status::ready);
        const auto got = result.get();
        settle(io);
        const std::lock_guard guard{log->lock};
        return {got, log->asked, log->bodies};
    }
}

std::size_t count(const Applied& applied, const std::string& start) {
    return static_cast<std::size_t>(std::ranges::count_if(applied.asked, [&](const auto& asked) { return asked.starts_with(start); }));
}

}  // namespace

TEST_CASE("a group grows by containers made after the one there is", "[docker_group]") {
    const auto applied = apply({{"/containers/json", {{200, kOne}}},
                                {"/containers/aa/json", {{200, inspected("aa", "{}")}}},
                                {"/containers/create", {{201, R"({"Id": "bb"})"}, {201, R"({"Id": "cc"})"}}},
                                {"/containers/bb/start", {{204, ""}}},
                                {"/containers/cc/start", {{204, ""}}}},
                               1, 3);
    CHECK(applied.result.outcome == ApplyOutcome::applied);
    CHECK(applied.result.replicas == 3);
    CHECK(applied.result.target == TargetId{5});
    CHECK(count(applied, "POST /containers/create?name=cart-2") == 1);
    CHECK(count(applied, "POST /containers/create?name=cart-3") == 1);
    const auto created = std::ranges::find_if(applied.bodies, [](const auto& body) { return body.find("sha256:feed") != std::string::npos; });
    REQUIRE(created != applied.bodies.end());
    CHECK_THAT(*created, Catch::Matchers::Contains(R"("setpoint.dev/policy":"cart")") &&
                             Catch::Matchers::Contains("setpoint.dev/operation"));
}

TEST_CASE("a size that is not the one seen is left alone", "[docker_group]") {
    const auto applied = apply({{"/containers/json", {{200, kThree}}}}, 2, 5);
    CHECK(applied.result.outcome == ApplyOutcome::foreign);
    CHECK(applied.result.replicas == 3);
    CHECK(count(applied, "POST") == 0);
}

TEST_CASE("asking for the size there is changes nothing", "[docker_group]") {
    const auto applied = apply({{"/containers/json", {{200, kThree}}}}, 3, 3);
    CHECK(applied.result.outcome == ApplyOutcome::applied);
    CHECK(count(applied, "POST") == 0);
}

TEST_CASE("a create that fails half-way leaves what runs, and says so", "[docker_group]") {
    const auto applied = apply({{"/containers/json", {{200, kOne}}},
                                {"/containers/aa/json", {{200, inspected("aa", "{}")}}},
                                {"/containers/create", {{201, R"({"Id": "bb"})"}, {201, R"({"Id": "cc"})"}, {500, R"({"message": "no space left"})"}}},
                                {"/containers/bb/start", {{204, ""}}},
                                {"/containers/cc/start", {{204, ""}}}},
                               1, 6);
    CHECK(applied.result.outcome == ApplyOutcome::partly);
    CHECK(applied.result.replicas == 3);
    CHECK_THAT(applied.result.message, Catch::Matchers::Contains("2 of 5") && Catch::Matchers::Contains("no space left"));
}

TEST_CASE("a container that does not start is removed again", "[docker_group]") {
    const auto applied = apply({{"/containers/json", {{200, kOne}}},
                                {"/containers/aa/json", {{200, inspected("aa", "{}")}}},
                                {"/containers/create", {{201, R"({"Id": "bb"})"}}},
                                {"/containers/bb/start", {{400, R"({"message": "bad mount"})"}}}},
                               1, 2);
    CHECK(applied.result.outcome == ApplyOutcome::refused);
    CHECK(applied.result.replicas == 1);
    CHECK(count(applied, "DELETE /containers/bb?v=true") == 1);
}

TEST_CASE("a name that is taken gives way to the next", "[docker_group]") {
    const auto applied = apply({{"/containers/json", {{200, kOne}}},
                                {"/containers/aa/json", {{200, inspected("aa", "{}")}}},
                                {"/containers/create", {{409, R"({"message": "in use"})"}, {201, R"({"Id": "bb"})"}}},
                                {"/containers/bb/start", {{204, ""}}}},
                               1, 2);
    CHECK(applied.result.outcome == ApplyOutcome::applied);
    CHECK(count(applied, "POST /containers/create?name=cart-3") == 1);
}

TEST_CASE("what only one container can have is refused before anything is made", "[docker_group]") {
    const auto applied = apply({{"/containers/json", {{200, kOne}}},
                                {"/containers/aa/json", {{200, inspected("aa", R"({"NetworkMode": "container:zz"})")}}}},
                               1, 2);
    CHECK(applied.result.outcome == ApplyOutcome::refused);
    CHECK(applied.result.replicas == 1);
    CHECK(count(applied, "POST") == 0);
}

TEST_CASE("an Engine that does not answer is unreachable, and the size unchanged", "[docker_group]") {
    const auto applied = apply({{"/containers/json", {{0, ""}}}}, 1, 2);
    CHECK(applied.result.outcome == ApplyOutcome::unreachable);
    CHECK(applied.result.replicas == 1);
}

TEST_CASE("a group shrinks by what we made, with its anonymous volumes", "[docker_group]") {
    const auto applied = apply({{"/containers/json", {{200, kThree}}},
                                {"/containers/bb/json", {{200, inspected("bb", "{}")}}},
                                {"/containers/cc/json", {{200, inspected("cc", "{}")}}},
                                {"/containers/bb/stop", {{204, ""}}},
                                {"/containers/cc/stop", {{204, ""}}},
                                {"/containers/bb", {{204, ""}}},
                                {"/containers/cc", {{204, ""}}}},
                               3, 1);
    CHECK(applied.result.outcome == ApplyOutcome::applied);
    CHECK(applied.result.replicas == 1);
    CHECK(count(applied, "POST /containers/bb/stop") == 1);
    CHECK(count(applied, "DELETE /containers/cc?v=true") == 1);
    CHECK(count(applied, "POST /containers/aa") == 0);
}

TEST_CASE("at zero the last one is stopped and kept", "[docker_group]") {
    const auto applied = apply({{"/containers/json", {{200, kOne}}},
                                {"/containers/aa/json", {{200, inspected("aa", "{}")}}},
                                {"/containers/aa/stop", {{204, ""}}}},
                               1, 0);
    CHECK(applied.result.outcome == ApplyOutcome::applied);
    CHECK(applied.result.replicas == 0);
    CHECK(count(applied, "POST /containers/aa/stop") == 1);
    CHECK(count(applied, "DELETE") == 0);
}

TEST_CASE("a last one that would vanish at its stop keeps running", "[docker_group]") {
    const auto applied = apply({{"/containers/json", {{200, kOne}}}, {"/containers/aa/json", {{200, inspected("aa", R"({"AutoRemove": true})")}}}}, 1, 0);
    CHECK(applied.result.outcome == ApplyOutcome::refused);
    CHECK(applied.result.replicas == 1);
    CHECK(count(applied, "POST") == 0);
}

TEST_CASE("from zero the kept one starts again", "[docker_group]") {
    const auto applied = apply({{"/containers/json", {{200, kStopped}}},
                                {"/containers/aa/json", {{200, inspected("aa", "{}")}}},
                                {"/containers/aa/start", {{204, ""}}}},
                               0, 1);
    CHECK(applied.result.outcome == ApplyOutcome::applied);
    CHECK(applied.result.replicas == 1);
    CHECK(count(applied, "POST /containers/create") == 0);
}

TEST_CASE("an empty group cannot grow, and says how it could", "[docker_group]") {
    const auto applied = apply({{"/containers/json", {{200, "[]"}}}}, 0, 1);
    CHECK(applied.result.outcome == ApplyOutcome::refused);
    CHECK_THAT(applied.result.message, Catch::Matchers::Contains("start one"));
}

namespace {

/// What was asked of an Engine that has a container of ours that was never started, when the group is looked at.
std::vector<std::string> asked_by_a_look(DockerGroup::Strays strays, TargetState& state) {
    Results results;
    const auto log = std::make_shared<FakeEngine::Log>();
    log->script = {{"/containers/json", {{200, R"([{"Id": "aa", "Names": ["/cart-1"], "State": "running", "Labels": {"app": "cart"}},
                       {"Id": "bb", "Names": ["/cart-2"], "State": "created", "Labels": {"app": "cart", "setpoint.dev/policy": "cart"}}])"}}},
                   {"/containers/aa/json", {{200, inspected("aa", "{}")}}},
                   {"/containers/bb", {{204, ""}}}};
    const Clock clock;
    IoThread io;
    auto docker = test::docker_on(io, log);
    DockerWatch watch{io, *docker};
    DockerGroup group{io, *docker, watch, clock, {TargetId{5}, "cart", {"app=cart"}, strays}};
    group.look(2s, results);
    auto seen = results.seen.get_future();
    REQUIRE(seen.wait_for(5s) == std::future_status::ready);
    state = seen.get();
    settle(io);
    const std::lock_guard guard{log->lock};
    return log->asked;
}

}  // namespace

TEST_CASE("a look finds the size, and removes what an operation left behind", "[docker_group]") {
    TargetState state;
    const auto asked = asked_by_a_look(DockerGroup::Strays::remove, state);
    CHECK(state.replicas == 1);
    CHECK(state.ready == 1);
    CHECK(asked.back() == "DELETE /containers/bb?v=true");
}

TEST_CASE("a look of one who only watches changes nothing", "[docker_group]") {
    TargetState state;
    const auto asked = asked_by_a_look(DockerGroup::Strays::leave, state);
    CHECK(std::ranges::all_of(asked, [](const auto& one) { return one.starts_with("GET "); }));
}

TEST_CASE("what is new and ends at once is made again only after a pause", "[docker_group]") {
    const auto log = std::make_shared<FakeEngine::Log>();
    const std::string ended = R"([{"Id": "aa", "Names": ["/cart-1"], "State": "running", "Labels": {"app": "cart"}},
        {"Id": "bb", "Names": ["/cart-2"], "State": "exited", "Labels": {"app": "cart", "setpoint.dev/policy": "cart"}}])";
    log->script = {{"/containers/json", {{200, kOne}, {200, ended}, {200, kOne}}},
                   {"/containers/aa/json", {{200, inspected("aa", "{}")}}},
                   {"/containers/bb/json", {{200, R"({"Id": "bb", "State": {"Status": "exited", "ExitCode": 137, "OOMKilled": true}, "HostConfig": {}})"}}},
                   {"/containers/create", {{201, R"({"Id": "bb"})"}}},
                   {"/containers/bb/start", {{204, ""}}},
                   {"/containers/bb", {{204, ""}}}};
    const Clock clock;
    IoThread io;
    auto docker = test::docker_on(io, log);
    DockerWatch watch{io, *docker};
    DockerGroup group{io, *docker, watch, clock, {TargetId{5}, "cart", {"app=cart"}}};
    const auto applied = [&] {
        Results results;
        auto result = results.applied.get_future();
        group.apply(1, 2, 2s, results);
        REQUIRE(result.wait_for(5s) == std::future_status::ready);
        return result.get();
    };
    CHECK(applied().outcome == ApplyOutcome::applied);
    Results results;
    group.look(2s, results);
    REQUIRE(results.seen.get_future().wait_for(5s) == std::future_status::ready);
    settle(io);
    const auto refused = applied();
    CHECK(refused.outcome == ApplyOutcome::refused);
    CHECK(refused.replicas == 1);
    CHECK_THAT(refused.message, Catch::Matchers::Contains("exit code 137, out of memory"));
    const std::lock_guard guard{log->lock};
    CHECK(std::ranges::count(log->asked, "DELETE /containers/bb?v=true") == 1);
}

TEST_CASE("an agent that only watches refuses every order", "[shadow]") {
    Results results;
    Shadow{TargetId{1}}.apply(2, 5, 1s, results);
    const auto result = results.applied.get_future().get();
    CHECK(result.outcome == ApplyOutcome::refused);
    CHECK(result.replicas == 2);
    CHECK(result.wanted == 5);
}

}  // namespace setpoint
