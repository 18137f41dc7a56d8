// SPDX-License-Identifier: Apache-2.0
#include "collectors/kube_custom.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "tests/support/collecting.hpp"
#include "tests/support/fake_kube.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

const FakeKube::Answer kVersions{200, R"({"kind":"APIGroup","versions":[{"version":"v1beta1"},{"version":"v1beta2"}]})", {}, true};

std::string item(const std::string& object, const std::string& value, int ago = 10) {
    return R"({"describedObject":{"name":")" + object + R"("},"timestamp":")" + stamp_ago(ago) + R"(","windowSeconds":60,"value":")" + value + "\"}";
}

FakeKube::Answer list_of(const std::string& items) { return {200, R"({"items":[)" + items + "]}", {}, true}; }

/// Two pods, named `a` (ID 1) and `b` (ID 2), that have run for an hour.
struct Rig {
    explicit Rig(std::vector<FakeKube::Answer> answers) : kube(io, std::move(answers)), values(io, kube.client(), clock) {}

    std::unique_ptr<KubeCustom> custom(KubeCustom::Metric metric, Duration fresh = 0s) {
        const auto visit = [this](const auto& tell) {
            tell(PodId{1}, "a", pod);
            tell(PodId{2}, "b", pod);
        };
        KubeCustom::Settings settings{TargetId{3}, "shop", visit, [] { return std::string{"app=cart"}; }, {{SignalId{4}, std::move(metric)}}, fresh};
        return std::make_unique<KubeCustom>(io, clock, values, std::move(settings), told.teller());
    }

    ToldTroubles told;
    KubePod pod = running_pod(wall_seconds_ago(3600), {"web"});
    Clock clock;
    IoThread io;
    FakeKube kube;
    KubeValues values;
};

const KubeExternalMetric kQueue{"depth", "queue=jobs"};

}  // namespace

TEST_CASE("a metric of pods is asked for once, in the newest version, and read by their IDs", "[kube_custom]") {
    Rig rig{{kVersions, list_of(item("a", "1500m") + "," + item("b", "3") + "," + item("c", "9"))}};
    const auto collector = rig.custom(KubePodMetric{"hits"});
    Samples sink;
    const auto sample = sink.of(*collector)[0];
    CHECK(sample.target == TargetId{3});
    CHECK(sample.signal == SignalId{4});
    CHECK(sample.kind == SampleKind::pods);
    REQUIRE(sample.pods.size() == 2);
    CHECK(sample.pods[0].pod == PodId{1});
    CHECK(sample.pods[0].value == 1.5);
    CHECK(sample.pods[0].window == 60s);
    CHECK(sample.pods[1].value == 3);
    const auto asked = rig.kube.asked(2);
    CHECK(asked[0].target == "/prefix/apis/custom.metrics.k8s.io");
    CHECK(asked[1].target == "/prefix/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/hits?labelSelector=app%3Dcart");
    CHECK(rig.told.all.empty());
}

TEST_CASE("a pod without a value, or with several, is absent and named", "[kube_custom]") {
    Rig rig{{kVersions, list_of(item("a", "1") + "," + item("a", "2") + "," + item("b", "x")), list_of(item("a", "1") + "," + item("b", "1", 4000))}};
    const auto collector = rig.custom(KubePodMetric{"hits"});
    Samples sink;
    CHECK(sink.of(*collector)[0].kind == SampleKind::no_data);
    CHECK(rig.told.all.at(0) == "custom.metrics.k8s.io, metric hits in namespace shop: no metrics of 2 of 2 pods: a: it has several values of this pod: a "
                                "selector chooses; b: its value is 'x'");
    CHECK(sink.of(*collector)[0].pods.size() == 1);
    CHECK(rig.told.all.at(1) == "custom.metrics.k8s.io, metric hits in namespace shop: no metrics of 1 of 2 pods: b: it was measured before the pod started");
}

TEST_CASE("an external metric is the sum of its series", "[kube_custom]") {
    Rig rig{{kVersions, list_of(item("", "30", 20) + "," + item("", "12", 5))}};
    const auto collector = rig.custom(kQueue);
    Samples sink;
    const auto sample = sink.of(*collector)[0];
    CHECK(sample.kind == SampleKind::scalar);
    CHECK(sample.value == 42);
    CHECK(sample.window == 60s);
    CHECK(rig.clock.now() - sample.measured >= 19s);
    CHECK(rig.kube.asked(2)[1].target == "/prefix/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/depth?labelSelector=queue%3Djobs");
}

TEST_CASE("an object's metric finds the object's kind first", "[kube_custom]") {
    const FakeKube::Answer kinds{200, R"({"resources":[{"name":"queues","kind":"Queue"}]})", {}, true};
    Rig rig{{kinds, kVersions, list_of(item("jobs", "7"))}};
    const auto collector = rig.custom(KubeObjectMetric{.name = "depth", .kind = "Queue", .object = "jobs", .api_version = "example.com/v1"});
    Samples sink;
    CHECK(sink.of(*collector)[0].value == 7);
    const auto asked = rig.kube.asked(3);
    CHECK(asked[0].target == "/prefix/apis/example.com/v1");
    CHECK(asked[2].target == "/prefix/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/queues.example.com/jobs/depth");
}

TEST_CASE("a kind that the cluster does not have is named", "[kube_custom]") {
    Rig rig{{{404, "404 page not found", {}, true}}};
    const auto collector = rig.custom(KubeObjectMetric{.name = "depth", .kind = "Queue", .object = "jobs", .api_version = "example.com/v1"});
    Samples sink;
    CHECK(sink.of(*collector)[0].kind == SampleKind::failed);
    CHECK(rig.told.all.at(0) == "custom.metrics.k8s.io, metric depth in namespace shop: the cluster has no example.com/v1, where kind Queue is to be");
    const auto nowhere = rig.custom(KubeObjectMetric{.name = "depth", .kind = "Queue", .object = "jobs"});
    CHECK(sink.of(*nowhere)[0].kind == SampleKind::failed);
    CHECK(rig.told.all.at(1).find("the apiVersion of an object is like example.com/v1, it was ''") != std::string::npos);
}

TEST_CASE("a metric that nobody knows or measures is no data; an API that is not there is a failure", "[kube_custom]") {
    Rig rig{{kVersions, {404, R"({"message":"the server could not find the metric depth"})", {}, true}, list_of(""), list_of(item("", "x")), list_of(item("", "1"))}};
    const auto collector = rig.custom(kQueue);
    Samples sink;
    CHECK(sink.of(*collector)[0].kind == SampleKind::no_data);
    CHECK(sink.of(*collector)[0].kind == SampleKind::no_data);
    CHECK(sink.of(*collector)[0].kind == SampleKind::failed);
    CHECK(sink.of(*collector)[0].kind == SampleKind::scalar);
    const std::string about = "external.metrics.k8s.io, metric depth in namespace shop: ";
    CHECK(rig.told.all == std::vector<std::string>{about + "the server behind this API does not know it: kubernetes says 404: the server could not find the metric depth",
                                                   about + "no series of it has a value", about + "the answer makes no sense: its value is 'x'", ""});
    Rig bare{{{404, "404 page not found", {}, true}}};
    CHECK(sink.of(*bare.custom(kQueue))[0].kind == SampleKind::failed);
    CHECK(bare.told.all.at(0) == about + "the cluster has no external.metrics.k8s.io: install KEDA or an adapter such as prometheus-adapter (kubernetes says 404: 404 page not found)");
}

TEST_CASE("an object with two values has none", "[kube_custom]") {
    Rig rig{{kVersions, list_of(item("door", "1") + "," + item("door", "2"))}};
    const auto collector = rig.custom(KubeObjectMetric{.name = "hits", .kind = "Ingress", .object = "door"});
    Samples sink;
    CHECK(sink.of(*collector)[0].kind == SampleKind::failed);
    CHECK(rig.told.all.at(0).find("there are 2 values") != std::string::npos);
}

TEST_CASE("policies that ask the same share an answer, and discovery is not repeated", "[kube_custom]") {
    Rig rig{{kVersions, list_of(item("", "5")), list_of(item("", "6"))}};
    Samples sink;
    const auto one = rig.custom(kQueue, 1h);
    const auto two = rig.custom(kQueue, 1h);
    const auto other = rig.custom(KubeExternalMetric{"other"}, 1h);
    CHECK(sink.of(*one)[0].value == 5);
    CHECK(sink.of(*two)[0].value == 5);
    CHECK(sink.of(*other)[0].value == 6);
    CHECK(rig.kube.asked(3).size() == 3);
}

TEST_CASE("the API's server in trouble is told from one that is missing", "[kube_custom]") {
    Rig rig{{kVersions, {503, "service unavailable", {}, true}, {500, R"({"message":"unable to fetch metrics"})", {}, true}, {403, R"({"message":"no"})", {}, true}}};
    const auto collector = rig.custom(kQueue);
    Samples sink;
    for (int i = 0; i < 3; ++i) CHECK(sink.of(*collector)[0].kind == SampleKind::failed);
    REQUIRE(rig.told.all.size() == 3);
    CHECK(rig.told.all[0].find("external.metrics.k8s.io is installed and does not answer") != std::string::npos);
    CHECK(rig.told.all[1].find("kubernetes says 500: unable to fetch metrics") != std::string::npos);
    CHECK(rig.told.all[2].find("lacks a permission in API group external.metrics.k8s.io") != std::string::npos);
}

}  // namespace setpoint::test
