// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_discovery.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "clients/kube_kinds.hpp"
#include "tests/support/fake_kube.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using Catch::Contains;
using test::FakeKube;

namespace {

const std::string kQueues = R"({"kind": "APIResourceList", "resources": [{"name": "queues/scale", "kind": "Scale"}, {"name": "queues", "kind": "Queue"},
                                {"name": "queues/status", "kind": "Queue"}, {"name": "others", "kind": "Other"}]})";

struct Bench {
    explicit Bench(std::vector<FakeKube::Answer> answers) : kube(io, std::move(answers)), discovery(io, kube.client(), clock) {}

    Result<KubeServedKind> find(const std::string& kind, const std::string& api_version = "example.com/v1", Duration fresh = KubeDiscovery::kServes) {
        std::promise<Result<KubeServedKind>> answer;
        io.post([&] { discovery.find(kind, api_version, fresh, Deadline{2s}, [&](const Result<KubeServedKind>& found) { answer.set_value(found); }); });
        return answer.get_future().get();
    }

    IoThread io;
    Clock clock;
    FakeKube kube;
    KubeDiscovery discovery;
};

}  // namespace

TEST_CASE("what Kubernetes has itself is known by its kind and its group", "[kube_kinds]") {
    CHECK(known_kind("Deployment")->resource() == KubeResource{"apps", "v1", "deployments"});
    CHECK(known_kind("Deployment", "apps/v1") == known_kind("Deployment"));
    CHECK(known_kind("Deployment", "example.com/v1") == nullptr);
    CHECK(known_kind("ReplicationController", "v1")->sized == KubeKind::Sized::workload);
    CHECK(known_kind("HorizontalPodAutoscaler", "autoscaling/v2")->sized == KubeKind::Sized::floor);
    CHECK(known_kind("ScaledObject")->resource() == KubeResource{"keda.sh", "v1alpha1", "scaledobjects"});
    CHECK(known_kind("DaemonSet")->sized == KubeKind::Sized::no);
    CHECK(known_kind("Rollout") == nullptr);
    CHECK(qualified_plural({"apps", "v1", "deployments"}) == "deployments.apps");
    CHECK(qualified_plural({"", "v1", "pods"}) == "pods");
}

TEST_CASE("an apiVersion says where its kinds are listed", "[kube_discovery]") {
    CHECK(discovery_path("example.com/v1") == "/apis/example.com/v1");
    CHECK(discovery_path("v1") == "/api/v1");
    for (const auto* wrong : {"", "a/b/c", "a/", "/v1"}) CHECK(discovery_path(wrong).error().code == Errc::bad_config);
}

TEST_CASE("a kind has its plural, and a scale or none", "[kube_discovery]") {
    const auto served = read_served_kinds("example.com/v1", kQueues);
    REQUIRE(served);
    const auto queue = find_kind(*served, "Queue", "example.com/v1");
    REQUIRE(queue);
    CHECK(queue->resource == KubeResource{"example.com", "v1", "queues"});
    CHECK(queue->has_scale);
    CHECK_FALSE(find_kind(*served, "Other", "example.com/v1")->has_scale);
    CHECK(find_kind(*served, "Scale", "example.com/v1").error().message == "the cluster has no kind Scale in example.com/v1");
    for (const auto* nonsense : {"{}", "<html>", R"({"resources": 3})"}) CHECK_FALSE(read_served_kinds("example.com/v1", nonsense));
}

TEST_CASE("what was found is asked for once, what was not is asked for again", "[kube_discovery]") {
    Bench bench{{{200, kQueues}, {404, "{}"}}};
    CHECK(bench.find("Queue")->resource.plural == "queues");
    CHECK(bench.find("Other"));
    CHECK(bench.kube.asked(1).size() == 1);
    // Within the time that an absence serves nobody asks again either.
    CHECK(bench.find("Missing").error().message == "the cluster has no kind Missing in example.com/v1");
    CHECK(bench.kube.asked(1).size() == 1);
    CHECK(bench.find("Queue", "example.com/v1", 0s).error().message == "the cluster has no example.com/v1, where kind Queue is to be");
    const auto asked = bench.kube.asked(2);
    REQUIRE(asked.size() == 2);
    CHECK(asked[0].target == "/prefix/apis/example.com/v1");
}

TEST_CASE("a server that does not answer is no cluster without the kind", "[kube_discovery]") {
    Bench bench{{{500, "{}"}}};
    CHECK(bench.find("Queue").error().code == Errc::bad_reply);
    Bench forbidden{{{403, R"({"kind": "Status", "message": "forbidden: cannot get path", "code": 403})"}}};
    CHECK_THAT(forbidden.find("Queue").error().message, Contains("403") && Contains("cannot get path"));
}
