// SPDX-License-Identifier: Apache-2.0
#include "actuators/kube_size.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "tests/support/fake_kube.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using test::FakeKube;

namespace {

const KubeSizeField kScale{"/apis/apps/v1/namespaces/shop/deployments/cart/scale", "replicas"};
const KubeSizeField kFloor{"/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects/cart", "minReplicaCount"};

/// An object with this size; with zero it is left out, as the API does.
std::string object(int size, int version, const std::string& field = "replicas") {
    const auto spec = size == 0 ? std::string{"{}"} : "{\"" + field + "\": " + std::to_string(size) + "}";
    return R"({"metadata": {"name": "cart", "resourceVersion": ")" + std::to_string(version) + R"("}, "spec": )" + spec + "}";
}

FakeKube::Answer status(int code, const std::string& message) {
    return {code, R"({"kind": "Status", "message": ")" + message + R"(", "code": )" + std::to_string(code) + "}"};
}

struct Bench {
    explicit Bench(std::vector<FakeKube::Answer> answers) : kube(io, std::move(answers)) {}

    KubeResized set(Replicas seen, Replicas wanted, const KubeSizeField& field = kScale) {
        std::promise<KubeResized> answer;
        io.post([&] { set_kube_size(kube.client(), field, seen, wanted, Deadline{2s}, may_write, [&](KubeResized resized) { answer.set_value(std::move(resized)); }); });
        return answer.get_future().get();
    }

    IoThread io;
    FakeKube kube;
    std::function<Result<Duration>()> may_write = [] { return Result<Duration>{1min}; };
};

}  // namespace

TEST_CASE("one patch tests the size seen and sets the one wanted", "[kube_size]") {
    Bench bench{{{200, object(6, 42)}}};
    const auto done = bench.set(3, 6);
    CHECK(done.outcome == ApplyOutcome::applied);
    CHECK(done.replicas == 6);
    CHECK(done.version == 42);
    const auto asked = bench.kube.asked(1);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].method == "PATCH");
    CHECK(asked[0].body == R"([{"op":"test","path":"/spec/replicas","value":3},{"op":"add","path":"/spec/replicas","value":6}])");
}

TEST_CASE("a floor is set likewise", "[kube_size]") {
    Bench bench{{{200, object(6, 42, "minReplicaCount")}}};
    CHECK(bench.set(3, 6, kFloor).outcome == ApplyOutcome::applied);
    const auto asked = bench.kube.asked(1);
    CHECK(asked[0].target == "/prefix" + kFloor.path);
    CHECK_THAT(asked[0].body, Catch::Contains(R"("path":"/spec/minReplicaCount","value":3)"));
}

TEST_CASE("a size that somebody else set in between is not overwritten", "[kube_size]") {
    Bench bench{{status(422, "test failed"), {200, object(5, 43)}}};
    const auto done = bench.set(3, 6);
    CHECK(done.outcome == ApplyOutcome::foreign);
    CHECK(done.replicas == 5);
    CHECK(bench.kube.asked(2).size() == 2);
}

TEST_CASE("a refusal that the size is not the reason of is told as it came", "[kube_size]") {
    Bench bench{{status(403, "deployments.apps is forbidden"), {200, object(3, 43)}}};
    const auto done = bench.set(3, 6);
    CHECK(done.outcome == ApplyOutcome::refused);
    CHECK(done.replicas == 3);
    CHECK_THAT(done.message, Catch::Contains("forbidden"));
}

TEST_CASE("a conflict over something else of the object is tried again, a few times", "[kube_size]") {
    const auto conflict = status(409, "the object has been modified");
    SECTION("until it works") {
        Bench bench{{conflict, {200, object(3, 43)}, {200, object(6, 44)}}};
        CHECK(bench.set(3, 6).outcome == ApplyOutcome::applied);
        CHECK(bench.kube.asked(3)[2].method == "PATCH");
    }
    SECTION("not where the size has changed") {
        Bench bench{{conflict, {200, object(4, 43)}}};
        CHECK(bench.set(3, 6).outcome == ApplyOutcome::foreign);
    }
    SECTION("three times") {
        Bench bench{{conflict, {200, object(3, 43)}, conflict, {200, object(3, 44)}, conflict, {200, object(3, 45)}}};
        const auto done = bench.set(3, 6);
        CHECK(done.outcome == ApplyOutcome::refused);
        CHECK_THAT(done.message, Catch::Contains("modified"));
        CHECK(bench.kube.asked(6).size() == 6);
    }
}

TEST_CASE("from zero, which may be left out, a version is tested in place of the size", "[kube_size]") {
    SECTION("at once") {
        Bench bench{{{200, object(0, 7)}, {200, object(2, 8)}}};
        CHECK(bench.set(0, 2).outcome == ApplyOutcome::applied);
        CHECK(bench.kube.asked(2)[1].body ==
              R"([{"op":"test","path":"/metadata/resourceVersion","value":"7"},{"op":"add","path":"/spec/replicas","value":2}])");
    }
    SECTION("after a newer version that still has none") {
        Bench bench{{{200, object(0, 7)}, status(422, "test failed"), {200, object(0, 8)}, {200, object(2, 9)}}};
        CHECK(bench.set(0, 2).outcome == ApplyOutcome::applied);
        CHECK_THAT(bench.kube.asked(4)[3].body, Catch::Contains(R"("value":"8")"));
    }
    SECTION("not after a refusal that no newer version is the reason of") {
        Bench bench{{{200, object(0, 7)}, status(422, "quota"), {200, object(0, 7)}}};
        CHECK_THAT(bench.set(0, 2).message, Catch::Contains("quota"));
    }
    SECTION("not where somebody raised it") {
        Bench bench{{{200, object(4, 7)}}};
        const auto done = bench.set(0, 2);
        CHECK(done.outcome == ApplyOutcome::foreign);
        CHECK(done.replicas == 4);
    }
}

TEST_CASE("nobody's answer and nonsense set nothing that is known", "[kube_size]") {
    SECTION("nobody") { CHECK(Bench{{{0, {}}}}.set(3, 6).outcome == ApplyOutcome::unreachable); }
    SECTION("nonsense") { CHECK(Bench{{{200, R"({"kind": "Pod"})"}}}.set(0, 6).outcome == ApplyOutcome::refused); }
    SECTION("no number") { CHECK(Bench{{{200, R"({"spec": {"replicas": "many"}})"}}}.set(0, 6).message == "its replicas is no whole number"); }
}

TEST_CASE("a write is on its way no longer than the agent leads, and none begins afterwards", "[kube_size]") {
    Bench bench{{{200, object(6, 42)}}};
    bench.may_write = [] { return Result<Duration>{700ms}; };
    CHECK(bench.set(3, 6).outcome == ApplyOutcome::applied);
    CHECK(bench.kube.asked(1)[0].deadline <= 700ms);
    bench.may_write = [] { return Result<Duration>{fail(Errc::refused, "another leads")}; };
    const auto done = bench.set(6, 3);
    CHECK(done.outcome == ApplyOutcome::refused);
    CHECK(done.message == "another leads");
    CHECK(bench.kube.asked(1).size() == 1);
}

TEST_CASE("one that stops leading between what it reads and what it would write writes nothing", "[kube_size]") {
    Bench bench{{{200, object(0, 42)}}};
    bench.may_write = [] { return Result<Duration>{fail(Errc::refused, "another leads")}; };
    CHECK(bench.set(0, 3).message == "another leads");
    const auto asked = bench.kube.asked(1);
    CHECK(asked.size() == 1);
    CHECK(asked[0].method == "GET");
}
