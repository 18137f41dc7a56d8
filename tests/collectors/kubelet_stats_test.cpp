// SPDX-License-Identifier: Apache-2.0
#include "collectors/kubelet_stats.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "tests/collectors/kubelet_room.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

const HttpResponse kForbidden{403, "Forbidden"};

/// metrics.k8s.io, with one pod.
FakeKube::Answer api_with(const std::string& pod, const std::string& cpu, int ago) {
    return {200, R"({"items":[{"metadata":{"name":")" + pod + R"("},"timestamp":")" + stamp_ago(ago) + R"(","window":"30s","containers":[{"name":"web","usage":{"cpu":")" + cpu +
                     R"(","memory":"2Mi"}}]}]})", {}, true, "pods"};
}

std::vector<FakeKube::Answer> two_nodes(std::vector<FakeKube::Answer> more = {}) {
    auto all = nodes({node_json("n1", "10.0.0.1"), node_json("n2", "10.0.0.2")});
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

/// Pods `a` (ID 1) on n1 and `b` (ID 2) on n2, which have run for an hour.
struct Room : KubeletRoom {
    explicit Room(std::vector<FakeKube::Answer> answers)
        : KubeletRoom(std::move(answers)),
          api(io, cluster.client(), clock),
          kubelets(io, cluster, fakes.client(), clock, {}, {0s, 0s}),
          stats(io, clock, kubelets, api,
                {TargetId{3}, "shop", [this](const auto& tell) { for (const auto& [name, pod] : pods) tell(pod.first, name, pod.second); },
                 {{SignalId{0}, PodResource::cpu}, {SignalId{1}, PodResource::memory}}, 0s},
                {told.teller(), [this](const std::string& why) { detours.push_back(why); }}) {
        place("a", 1, "n1");
        place("b", 2, "n2");
    }

    void place(const std::string& name, std::uint64_t id, const std::string& node) {
        auto pod = running_pod(wall_seconds_ago(3600), {"web"});
        if (!node.empty()) pod.node = std::make_shared<const std::string>(node);
        pods[name] = {PodId{id}, pod};
    }
    /// Both kubelets: at first so much, and 10 s later so much more.
    void count(double a, double b) {
        fakes.answers("10.0.0.1", counted("a", 100, 20));
        fakes.answers("10.0.0.2", counted("b", 100, 20));
        fakes.answers("10.0.0.1", counted("a", 100 + a, 10));
        fakes.answers("10.0.0.2", counted("b", 100 + b, 10));
    }
    std::vector<Sample> round() { return sink.of(stats, 2); }

    std::map<std::string, std::pair<PodId, KubePod>> pods;
    ToldTroubles told;
    std::vector<std::string> detours;
    KubeMetrics api;
    Kubelets kubelets;
    Samples sink;
    KubeletStats stats;
};

}  // namespace

TEST_CASE("each node that hosts the target is asked once, and the API is not", "[kubelet_stats]") {
    Room room{two_nodes()};
    room.place("c", 3, "n1");
    room.place("waits", 4, "");
    room.pods["waits"].second.phase = PodPhase::pending;
    room.count(5, 20);
    auto samples = room.round();
    CHECK(samples[0].kind == SampleKind::no_data);  // one reading makes no rate, and nothing is zero
    REQUIRE(samples[1].kind == SampleKind::pods);
    CHECK(samples[1].pods.size() == 2);
    CHECK(samples[1].pods[0].value == 1'048'576);
    CHECK(room.told.all.empty());
    samples = room.round();
    const auto& cpu = samples[0];
    CHECK(cpu.target == TargetId{3});
    REQUIRE(cpu.pods.size() == 2);
    CHECK(cpu.pods[0].pod == PodId{1});
    CHECK(cpu.pods[0].value == 0.5);
    CHECK(cpu.pods[1].value == 2);
    CHECK(cpu.window == 10s);
    CHECK(cpu.pods[0].window == 10s);
    CHECK(std::chrono::abs(room.clock.now() - cpu.measured - 10s) < 8s);
    CHECK(room.fakes.asked(4).size() == 4);
    CHECK(room.kube.asked(2).size() == 2);  // a list and a watch of nodes
    CHECK(room.detours == std::vector<std::string>{""});
}

TEST_CASE("where a kubelet is not read, the API is, and why is told once", "[kubelet_stats]") {
    Room room{two_nodes({api_with("b", "750m", 15), api_with("b", "750m", 15), api_with("b", "800m", 15)})};
    for (int i = 0; i < 3; ++i) room.fakes.answers("10.0.0.1", counted("a", 100 + 5 * i, 30 - 10 * i));
    const auto unverified = fail(Errc::unreachable, "10.0.0.2:10250: its certificate does not verify");
    for (int i = 0; i < 3; ++i) room.fakes.answers("10.0.0.2", unverified);
    auto cpu = room.round()[0];
    REQUIRE(cpu.pods.size() == 1);
    CHECK(cpu.pods[0].pod == PodId{2});
    CHECK(cpu.pods[0].value == 0.75);
    CHECK(cpu.pods[0].window == 30s);
    cpu = room.round()[0];
    REQUIRE(cpu.pods.size() == 2);
    CHECK(cpu.pods[0].value == 0.5);
    CHECK(cpu.pods[0].window == 10s);
    CHECK(cpu.pods[1].value == 0.75);
    CHECK(room.round()[1].pods[1].value == 2'097'152);
    CHECK(room.detours == std::vector<std::string>{"the kubelet of n2: 10.0.0.2:10250: its certificate does not verify"});
    // And back: two readings later.
    room.fakes.answers("10.0.0.1", counted("a", 115, 1));
    room.fakes.answers("10.0.0.1", counted("a", 115, 1));
    room.fakes.answers("10.0.0.2", counted("b", 0, 20));
    room.fakes.answers("10.0.0.2", counted("b", 9, 11));
    room.round();
    CHECK(room.round()[0].pods[1].value == 1);
    CHECK(room.detours.size() == 2);
    CHECK(room.detours.back().empty());
}

TEST_CASE("where neither is read it failed, and both reasons are told", "[kubelet_stats]") {
    const FakeKube::Answer missing{404, "404 page not found", {}, true, "pods", true};
    Room room{two_nodes({missing})};
    for (const auto* address : {"10.0.0.1", "10.0.0.2"}) room.fakes.answers(address, kForbidden);
    CHECK(room.round()[0].kind == SampleKind::failed);
    CHECK(room.detours[0].ends_with(" (and 1 more)"));
    REQUIRE(room.told.all.size() == 2);
    CHECK(room.told.all[0].starts_with("the kubelet of n1: it says 403: the agent lacks the permission"));
    CHECK(room.told.all[0].find("and in its place: pods of namespace shop: the cluster has no metrics.k8s.io: install metrics-server") != std::string::npos);
}

TEST_CASE("a pod that its kubelet does not have is absent, and named", "[kubelet_stats]") {
    Room room{two_nodes()};
    for (int i = 0; i < 2; ++i) {
        room.fakes.answers("10.0.0.1", counted("a", 1, 1));
        room.fakes.answers("10.0.0.2", HttpResponse{200, "scrape_error 0\n"});
    }
    room.round();
    CHECK(room.told.all.empty());  // one reading is none
    const auto memory = room.round()[1];
    REQUIRE(memory.pods.size() == 1);
    CHECK(room.told.all.back() == "kubelets: no metrics of 1 of 2 pods: b: the kubelet of n2 does not have it");
}

TEST_CASE("a target without pods asks nobody", "[kubelet_stats]") {
    Room room{two_nodes()};
    room.pods.clear();
    CHECK(room.round()[0].kind == SampleKind::no_data);
    CHECK(room.told.all.empty());
    CHECK(room.fakes.asked(0).empty());
}

TEST_CASE("old counts keep their age, as with the API", "[kubelet_stats]") {
    Room room{two_nodes()};
    room.pods.erase("b");
    room.fakes.answers("10.0.0.1", counted("a", 100, 410));
    for (int i = 0; i < 2; ++i) room.fakes.answers("10.0.0.1", counted("a", 110, 400));
    room.round();
    room.round();
    const auto cpu = room.round()[0];
    REQUIRE(cpu.pods.size() == 1);
    CHECK(cpu.pods[0].value == 1);
    CHECK(std::chrono::abs(room.clock.now() - cpu.measured - 400s) < 30s);
    CHECK(room.told.all.back().find("kubelets: the newest metrics are 6m4") != std::string::npos);
}

TEST_CASE("the collector may end before a kubelet answered", "[kubelet_stats]") {
    auto room = std::make_unique<Room>(two_nodes());
    room->stats.collect(1h, room->sink);
    CHECK(room->fakes.asked(2).size() == 2);
    room.reset();
}

}  // namespace setpoint::test
