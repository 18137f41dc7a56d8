// SPDX-License-Identifier: Apache-2.0
#include "collectors/kube_stats.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "tests/support/collecting.hpp"
#include "tests/support/fake_kube.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

std::string pod_json(const std::string& name, const std::string& cpu, const std::string& memory, int ago) {
    return R"({"metadata":{"name":")" + name + R"("},"timestamp":")" + stamp_ago(ago) + R"(","window":"15s","containers":[{"name":"web","usage":{"cpu":")" + cpu +
           R"(","memory":")" + memory + R"("}}]})";
}

FakeKube::Answer list_of(const std::string& items, const std::string& more = "") {
    return {200, R"({"metadata":{"continue":")" + more + R"("},"items":[)" + items + "]}", {}, true};
}

/// Two pods, named `a` (ID 1) and `b` (ID 2), that have run for an hour.
struct Rig {
    explicit Rig(std::vector<FakeKube::Answer> answers, Duration serves = 0s) : kube(io, std::move(answers)), metrics(io, kube.client(), clock), fresh(serves) {
        pods["a"] = {PodId{1}, running_pod(wall_seconds_ago(3600), {"web"})};
        pods["b"] = {PodId{2}, running_pod(wall_seconds_ago(3600), {"web"})};
    }

    std::unique_ptr<KubeStats> stats(TargetId target = TargetId{3}) {
        const auto visit = [this](const auto& tell) {
            for (const auto& [name, pod] : pods) tell(pod.first, name, pod.second);
        };
        return std::make_unique<KubeStats>(
            io, clock, metrics,
            KubeStats::Settings{target, "shop", visit, {{SignalId{0}, PodResource::cpu}, {SignalId{1}, PodResource::memory}}, fresh}, told.teller());
    }

    ToldTroubles told;
    Clock clock;
    IoThread io;
    FakeKube kube;
    KubeMetrics metrics;
    Duration fresh;
    std::map<std::string, std::pair<PodId, KubePod>> pods;
};

}  // namespace

TEST_CASE("one list gives CPU and memory of the target's pods, by their IDs", "[kube_stats]") {
    Rig rig{{list_of(pod_json("a", "250m", "64Mi", 20) + "," + pod_json("b", "1500m", "1Gi", 10) + "," + pod_json("other", "9", "1", 1))}};
    const auto collector = rig.stats();
    Samples sink;
    const auto samples = sink.of(*collector, 2);
    const auto& cpu = samples[0];
    CHECK(cpu.target == TargetId{3});
    CHECK(cpu.signal == SignalId{0});
    CHECK(cpu.kind == SampleKind::pods);
    REQUIRE(cpu.pods.size() == 2);
    CHECK(cpu.pods[0].pod == PodId{1});
    CHECK(cpu.pods[0].value == 0.25);
    CHECK(cpu.pods[0].window == 15s);
    CHECK(cpu.pods[1].value == 1.5);
    // Ten seconds lie between the two; the sample is as new as the newest.
    CHECK(std::chrono::abs(cpu.pods[1].measured - cpu.pods[0].measured - 10s) <= 50ms);
    CHECK(std::chrono::abs(cpu.measured - cpu.pods[1].measured) <= 50ms);
    CHECK(cpu.window == 15s);
    CHECK(samples[1].signal == SignalId{1});
    CHECK(samples[1].pods[0].value == 67'108'864);
    CHECK(rig.kube.asked(1)[0].target == "/prefix/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?&limit=500");
    CHECK(rig.told.all.empty());
}

TEST_CASE("pages of a list are one list", "[kube_stats]") {
    Rig rig{{list_of(pod_json("a", "1", "1", 5), "next"), list_of(pod_json("b", "2", "1", 5))}};
    const auto collector = rig.stats();
    Samples sink;
    CHECK(sink.of(*collector, 2)[0].pods.size() == 2);
    CHECK(rig.kube.asked(2)[1].target == "/prefix/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?&limit=500&continue=next");
}

TEST_CASE("a list that is fresh enough serves the next policy, too", "[kube_stats]") {
    Rig rig{{list_of(pod_json("a", "1", "1", 5)), list_of(pod_json("a", "2", "1", 5))}, 1h};
    const auto one = rig.stats(TargetId{1});
    const auto two = rig.stats(TargetId{2});
    Samples sink;
    CHECK(sink.of(*one, 2)[0].pods[0].value == 1);
    CHECK(sink.of(*two, 2)[0].pods[0].value == 1);
    CHECK(rig.kube.asked(1).size() == 1);
}

TEST_CASE("a pod without a value is absent, and after a while named", "[kube_stats]") {
    Rig rig{{list_of(pod_json("a", "1", "1", 5)), list_of(pod_json("a", "1", "1", 5) + "," + pod_json("b", "-1", "1", 5)),
             list_of(pod_json("a", "1", "1", 5) + "," + pod_json("b", "1", "1", 5))}};
    const auto collector = rig.stats();
    Samples sink;
    const auto samples = sink.of(*collector, 2);
    REQUIRE(samples[0].pods.size() == 1);
    CHECK(samples[0].pods[0].pod == PodId{1});
    CHECK(rig.told.all == std::vector<std::string>(2, "metrics.k8s.io in namespace shop: no metrics of 1 of 2 pods: b: it does not have this pod"));
    CHECK(sink.of(*collector, 2)[1].pods.size() == 2);  // its memory makes sense
    CHECK(rig.told.all.size() == 3);                     // the trouble with memory is over
    CHECK(rig.told.all[2].empty());
    CHECK(sink.of(*collector, 2)[0].pods.size() == 2);
    CHECK(rig.told.all.size() == 4);
    CHECK(rig.told.all[3].empty());
}

TEST_CASE("a pod that has just started may lack metrics without a word", "[kube_stats]") {
    Rig rig{{list_of(pod_json("a", "1", "1", 5))}};
    rig.pods["b"].second = running_pod(wall_seconds_ago(30), {"web"});
    rig.pods["c"] = {PodId{3}, KubePod{running_pod(wall_seconds_ago(3600), {"web"})}};
    rig.pods["c"].second.deleting = true;
    const auto collector = rig.stats();
    Samples sink;
    CHECK(sink.of(*collector, 2)[0].pods.size() == 1);
    CHECK(rig.told.all.empty());
}

TEST_CASE("a pod made anew under its name does not inherit the metrics", "[kube_stats]") {
    Rig rig{{list_of(pod_json("a", "1", "1", 40) + "," + pod_json("b", "1", "1", 20))}};
    rig.pods["a"].second = running_pod(wall_seconds_ago(30), {"web"});
    const auto collector = rig.stats();
    Samples sink;
    const auto cpu = sink.of(*collector, 2)[0];
    REQUIRE(cpu.pods.size() == 1);
    CHECK(cpu.pods[0].pod == PodId{2});
}

TEST_CASE("without any metrics there is no data, never zero", "[kube_stats]") {
    Rig rig{{list_of(""), list_of(pod_json("other", "1", "1", 5))}};
    const auto collector = rig.stats();
    Samples sink;
    auto cpu = sink.of(*collector, 2)[0];
    CHECK(cpu.kind == SampleKind::no_data);
    CHECK(cpu.pods.empty());
    CHECK(rig.told.all[0] == "metrics.k8s.io in namespace shop: no metrics of 2 of 2 pods: a: it has none of any pod: does its server reach the kubelets?; "
                             "b: it has none of any pod: does its server reach the kubelets?");
    cpu = sink.of(*collector, 2)[0];
    CHECK(cpu.kind == SampleKind::no_data);
    CHECK(rig.told.all.size() == 2);  // the same trouble
}

TEST_CASE("a target without pods has no data, which is no trouble", "[kube_stats]") {
    Rig rig{{list_of("")}};
    rig.pods.clear();
    const auto collector = rig.stats();
    Samples sink;
    CHECK(sink.of(*collector, 2)[0].kind == SampleKind::no_data);
    CHECK(rig.told.all.empty());
}

TEST_CASE("old metrics keep their age and are told of; one pod's alone are not there", "[kube_stats]") {
    Rig rig{{list_of(pod_json("a", "1", "1", 400) + "," + pod_json("b", "1", "1", 410)), list_of(pod_json("a", "1", "1", 400) + "," + pod_json("b", "1", "1", 10))}};
    const auto collector = rig.stats();
    Samples sink;
    const auto old = sink.of(*collector, 2)[0];
    CHECK(old.pods.size() == 2);
    CHECK(std::chrono::abs(rig.clock.now() - old.measured - 400s) < 30s);
    CHECK(rig.told.all[0].find("the newest metrics are 6m4") != std::string::npos);  // 6m40s and what the test took
    const auto one = sink.of(*collector, 2)[0];
    REQUIRE(one.pods.size() == 1);
    CHECK(one.pods[0].pod == PodId{2});
    CHECK(rig.told.all.back().find("no metrics of 1 of 2 pods: a: its metrics are 6m4") != std::string::npos);
}

TEST_CASE("troubles with the API are told apart, each once", "[kube_stats]") {
    const FakeKube::Answer missing{404, "404 page not found", {}, true};
    const FakeKube::Answer down{503, R"({"message":"the server is currently unable to handle the request"})", {}, true};
    const FakeKube::Answer forbidden{403, R"({"message":"pods.metrics.k8s.io is forbidden: User \"x\" cannot list resource \"pods\""})", {}, true};
    const FakeKube::Answer nonsense{200, "<html>", {}, true};
    const FakeKube::Answer silent{0, "", {}, true};
    Rig rig{{missing, missing, down, forbidden, nonsense, silent, list_of(pod_json("a", "1", "1", 5) + "," + pod_json("b", "1", "1", 5))}};
    rig.pods["a"].second = running_pod(wall_seconds_ago(3600), {"web"});
    const auto visit = [&](const auto& tell) { tell(PodId{1}, "a", rig.pods["a"].second); };
    KubeStats collector{rig.io, rig.clock, rig.metrics, {TargetId{0}, "shop", visit, {{SignalId{0}}}, 0s}, rig.told.teller()};
    Samples sink;
    std::vector<SampleKind> kinds;
    for (int i = 0; i < 7; ++i) kinds.push_back(sink.of(collector)[0].kind);
    CHECK(kinds == std::vector{SampleKind::failed, SampleKind::failed, SampleKind::failed, SampleKind::failed, SampleKind::failed, SampleKind::failed,
                               SampleKind::pods});
    const std::vector<std::string> expected{
        "pods of namespace shop: the cluster has no metrics.k8s.io: install metrics-server (kubernetes says 404: 404 page not found)",
        "pods of namespace shop: metrics.k8s.io is installed and does not answer: `kubectl get apiservices` and the logs of its server say why (kubernetes "
        "says 503: the server is currently unable to handle the request)",
        "pods of namespace shop: the agent's Role lacks a permission in API group metrics.k8s.io: kubernetes says 403: pods.metrics.k8s.io is forbidden: User "
        "\"x\" cannot list resource \"pods\"",
        "pods of namespace shop: metrics.k8s.io: the answer makes no sense: ", "pods of namespace shop: metrics.k8s.io: nobody answers", ""};
    REQUIRE(rig.told.all.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(rig.told.all[i].starts_with(expected[i]));
}

TEST_CASE("a collector may end before its answer came", "[kube_stats]") {
    Rig rig{{}};  // never answers
    Samples sink;
    auto collector = rig.stats();
    collector->collect(1h, sink);
    CHECK(rig.kube.asked(1).size() == 1);
    collector.reset();
}

}  // namespace setpoint::test
