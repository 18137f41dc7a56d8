// SPDX-License-Identifier: Apache-2.0
#include "actuators/kube_scale.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "tests/support/fake_kube.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using test::FakeKube;

namespace {

const std::string kPath = "/apis/apps/v1/namespaces/shop/deployments/cart/scale";

std::string scale(int replicas, int version) {
    const auto spec = replicas == 0 ? std::string{"{}"} : R"({"replicas": )" + std::to_string(replicas) + "}";
    return R"({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "cart", "resourceVersion": ")" + std::to_string(version) +
           R"("}, "spec": )" + spec + R"(, "status": {"replicas": 1}})";
}

struct Bench {
    explicit Bench(std::vector<FakeKube::Answer> answers) : kube(io, std::move(answers)) {}

    KubeScaled set(Replicas seen, Replicas wanted) {
        std::promise<KubeScaled> answer;
        io.post([&] { set_kube_scale(kube.client(), kPath, seen, wanted, Deadline{2s}, may_write, [&](KubeScaled scaled) { answer.set_value(std::move(scaled)); }); });
        return answer.get_future().get();
    }

    IoThread io;
    FakeKube kube;
    std::function<Result<Duration>()> may_write = [] { return Result<Duration>{1min}; };
};

}  // namespace

TEST_CASE("one patch tests the size seen and sets the one wanted", "[kube_scale]") {
    Bench bench{{{200, scale(6, 42)}}};
    const auto done = bench.set(3, 6);
    CHECK(done.outcome == ApplyOutcome::applied);
    CHECK(done.replicas == 6);
    CHECK(done.version == 42);
    const auto asked = bench.kube.asked(1);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].method == "PATCH");
    CHECK(asked[0].body == R"([{"op":"test","path":"/spec/replicas","value":3},{"op":"replace","path":"/spec/replicas","value":6}])");
}

TEST_CASE("a size that somebody else set in between is not overwritten", "[kube_scale]") {
    Bench bench{{{422, R"({"kind": "Status", "reason": "Invalid", "message": "test failed", "code": 422})"}, {200, scale(5, 43)}}};
    const auto done = bench.set(3, 6);
    CHECK(done.outcome == ApplyOutcome::foreign);
    CHECK(done.replicas == 5);
    CHECK(bench.kube.asked(2).size() == 2);
}

TEST_CASE("a refusal that the size is not the reason of is told as it came", "[kube_scale]") {
    Bench bench{{{403, R"({"kind": "Status", "reason": "Forbidden", "message": "deployments.apps \"cart\" is forbidden", "code": 403})"}, {200, scale(3, 43)}}};
    const auto done = bench.set(3, 6);
    CHECK(done.outcome == ApplyOutcome::refused);
    CHECK(done.replicas == 3);
    CHECK_THAT(done.message, Catch::Contains("forbidden"));
}

TEST_CASE("from zero, which the API leaves out, a version is tested in place of the size", "[kube_scale]") {
    SECTION("at once") {
        Bench bench{{{200, scale(0, 7)}, {200, scale(2, 8)}}};
        CHECK(bench.set(0, 2).outcome == ApplyOutcome::applied);
        const auto asked = bench.kube.asked(2);
        CHECK(asked[1].method == "PUT");
        CHECK_THAT(asked[1].body, Catch::Contains(R"("replicas":2)") && Catch::Contains(R"("resourceVersion":"7")"));
    }
    SECTION("after a newer version that still has none") {
        Bench bench{{{200, scale(0, 7)}, {409, R"({"kind": "Status", "reason": "Conflict", "code": 409})"}, {200, scale(0, 8)}, {200, scale(2, 9)}}};
        CHECK(bench.set(0, 2).outcome == ApplyOutcome::applied);
    }
    SECTION("not where somebody raised it") {
        Bench bench{{{200, scale(4, 7)}}};
        const auto done = bench.set(0, 2);
        CHECK(done.outcome == ApplyOutcome::foreign);
        CHECK(done.replicas == 4);
    }
}

TEST_CASE("nobody's answer and nonsense set nothing that is known", "[kube_scale]") {
    SECTION("nobody") { CHECK(Bench{{{0, {}}}}.set(3, 6).outcome == ApplyOutcome::unreachable); }
    SECTION("nonsense") { CHECK(Bench{{{200, R"({"kind": "Pod"})"}}}.set(0, 6).outcome == ApplyOutcome::refused); }
    SECTION("no number") { CHECK_FALSE(read_kube_scale(R"({"kind": "Scale", "spec": {"replicas": "many"}})")); }
}

TEST_CASE("a write is on its way no longer than the agent leads, and none begins afterwards", "[kube_scale]") {
    Bench bench{{{200, scale(6, 42)}}};
    bench.may_write = [] { return Result<Duration>{700ms}; };
    CHECK(bench.set(3, 6).outcome == ApplyOutcome::applied);
    CHECK(bench.kube.asked(1)[0].deadline <= 700ms);
    bench.may_write = [] { return Result<Duration>{fail(Errc::refused, "another leads")}; };
    const auto done = bench.set(6, 3);
    CHECK(done.outcome == ApplyOutcome::refused);
    CHECK(done.message == "another leads");
    CHECK(bench.kube.asked(1).size() == 1);
}

TEST_CASE("one that stops leading between what it reads and what it would write writes nothing", "[kube_scale]") {
    Bench bench{{{200, scale(0, 42)}}};
    bench.may_write = [] { return Result<Duration>{fail(Errc::refused, "another leads")}; };
    CHECK(bench.set(0, 3).message == "another leads");
    const auto asked = bench.kube.asked(1);
    CHECK(asked.size() == 1);
    CHECK(asked[0].method == "GET");
}
