// SPDX-License-Identifier: Apache-2.0
#include "collectors/node_usage.hpp"

#include <catch2/catch.hpp>

#include "core/units.hpp"
#include "tests/support/collecting.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::WithinAbs;

const WallTime kStart = *parse_time("2026-11-25T10:00:00Z");
constexpr const char* kPod = "shop/cart-1";

/// Of a container that used so many seconds of CPU until then.
KubeletContainer counted(double cpu, Duration at, std::optional<double> began = {}) {
    KubeletContainer container;
    container.cpu = KubeletContainer::Count{cpu, kStart + at};
    container.memory = KubeletContainer::Count{1000 + cpu, kStart + at};
    container.began = began;
    return container;
}

KubeletReading reading(const KubeletContainer& web) { return {{kPod, {{"web", web}}}}; }

/// One reading of `web` after the other.
class Node {
public:
    const NodeUsage::Container& sees(const KubeletContainer& web) { return sees(reading(web)); }
    const NodeUsage::Container& sees(KubeletReading read) {
        usage_ = next_usage(known_ ? &usage_ : nullptr, std::move(read));
        known_ = true;
        return usage_.pods.at(kPod).at("web");
    }
    [[nodiscard]] const NodeUsage::Pod& pod() const { return usage_.pods.at(kPod); }

private:
    NodeUsage usage_;
    bool known_ = false;
};

KubePod pod(const std::vector<std::string>& containers = {"web"}) { return running_pod(kStart - 1h, containers); }

Result<PodAmount> amount(const NodeUsage::Pod& seen, const KubePod& of, PodResource resource = PodResource::cpu, const std::string& container = {}) {
    return amount_of(usage_of(seen, of, resource, container), of, resource, container, kStart + 1min);
}

}  // namespace

TEST_CASE("CPU is what was counted between two readings, over the time between their stamps", "[node_usage]") {
    Node node;
    CHECK_FALSE(node.sees(counted(100, 0s)).cpu);
    const auto& seen = node.sees(counted(103, 12s));
    REQUIRE(seen.cpu);
    CHECK(seen.cpu->value == 0.25);  // 3 s of CPU in 12 s
    CHECK(seen.cpu->measured == kStart + 12s);
    CHECK(seen.cpu->window == 12s);
    CHECK(node.sees(counted(123, 22s)).cpu->value == 2);  // 20 s in 10 s
    CHECK(node.sees(counted(123, 32s)).cpu->value == 0);  // and nothing, which was measured
}

TEST_CASE("memory needs one reading", "[node_usage]") {
    Node node;
    const auto& seen = node.sees(counted(100, 3s));
    REQUIRE(seen.memory);
    CHECK(seen.memory->value == 1100);
    CHECK(seen.memory->measured == kStart + 3s);
    CHECK(seen.memory->window == 0s);
    CHECK(seen.wrong == "its CPU was counted once so far");
}

TEST_CASE("the same stamp is the same reading, whose value gets old", "[node_usage]") {
    Node node;
    node.sees(counted(100, 0s));
    node.sees(counted(105, 10s));
    for (int i = 0; i < 3; ++i) {
        const auto& seen = node.sees(counted(105, 10s));
        REQUIRE(seen.cpu);
        CHECK(seen.cpu->value == 0.5);
        CHECK(seen.cpu->measured == kStart + 10s);
    }
    CHECK(node.sees(counted(120, 20s)).cpu->value == 1.5);
}

TEST_CASE("counts that lie close together wait for the next", "[node_usage]") {
    Node node;
    node.sees(counted(100, 0s));
    CHECK_FALSE(node.sees(counted(104, 4s)).cpu);
    CHECK(node.sees(counted(106, 8s)).cpu->value == 0.75);  // 6 s in 8 s, from the first
    CHECK(node.sees(counted(110, 10s)).cpu->value == 0.75); // 2 s later: the old one
    CHECK(node.sees(counted(118, 20s)).cpu->value == 1);    // 12 s in 12 s
}

TEST_CASE("a counter that falls is a restart: no value until the next", "[node_usage]") {
    Node node;
    node.sees(counted(100, 0s));
    node.sees(counted(110, 10s));
    CHECK_FALSE(node.sees(counted(2, 20s)).cpu);
    CHECK(node.sees(counted(7, 30s)).cpu->value == 0.5);
}

TEST_CASE("a container that began anew has no value until the next, however much it used", "[node_usage]") {
    Node node;
    node.sees(counted(1, 0s, 1000.0));
    CHECK_FALSE(node.sees(counted(9, 10s, 1005.5)).cpu);
    CHECK(node.sees(counted(14, 20s, 1005.5)).cpu->value == 0.5);
}

TEST_CASE("a clock that goes back, and a silence, begin anew", "[node_usage]") {
    Node node;
    node.sees(counted(100, 0s));
    CHECK_FALSE(node.sees(counted(110, -10s)).cpu);
    CHECK(node.sees(counted(120, 0s)).cpu->value == 1);
    CHECK(node.sees(counted(1020, 15min)).cpu->value == 1);  // 900 s in 900 s
    CHECK_FALSE(node.sees(counted(2000, 30min + 1ms)).cpu);
    CHECK(node.sees(counted(2010, 30min + 10s + 1ms)).cpu->value == 1);
}

TEST_CASE("more cores than a machine has are none", "[node_usage]") {
    Node node;
    node.sees(counted(0, 0s));
    const auto& seen = node.sees(counted(1'000'001, 10s));
    CHECK_FALSE(seen.cpu);
    CHECK(seen.wrong == "its CPU rose by 1000001.000000 s within 10.000000 s");
}

TEST_CASE("a container that was not seen for a while begins anew", "[node_usage]") {
    Node node;
    node.sees(counted(100, 0s));
    auto silent = counted(0, 10s);
    silent.cpu.reset();
    silent.wrong = "container_cpu_usage_seconds_total of container 'web' is 'NaN'";
    CHECK(node.sees(silent).wrong == silent.wrong);
    CHECK_FALSE(node.sees(counted(110, 20s)).cpu);
    CHECK(node.sees(counted(120, 30s)).cpu->value == 1);
}

TEST_CASE("a pod uses what its own containers use, as old as the oldest", "[node_usage]") {
    Node node;
    node.sees(KubeletReading{{kPod, {{"web", counted(0, 0s)}, {"proxy", counted(0, 1s)}, {"debug", counted(0, -5min)}}}});
    node.sees(KubeletReading{{kPod, {{"web", counted(5, 10s)}, {"proxy", counted(2, 9s)}, {"debug", counted(50, -4min)}}}});
    const auto of = pod({"web", "proxy"});
    const auto cpu = amount(node.pod(), of);
    REQUIRE(cpu);
    CHECK_THAT(cpu->value, WithinAbs(0.5 + 0.25, 1e-12));
    CHECK(cpu->measured == kStart + 9s);
    CHECK(cpu->window == 8s);
    const auto one = amount(node.pod(), of, PodResource::cpu, "web");
    CHECK(one->value == 0.5);
    CHECK(one->measured == kStart + 10s);
    CHECK(amount(node.pod(), of, PodResource::memory)->value == 1005 + 1002);
    CHECK(amount(node.pod(), of, PodResource::memory)->window == 0s);
}

TEST_CASE("a pod without all of it has no value, and says which", "[node_usage]") {
    Node node;
    node.sees(counted(0, 0s));
    CHECK(amount(node.pod(), pod()).error().message == "its CPU was counted once so far");
    CHECK(amount(node.pod(), pod(), PodResource::memory)->value == 1000);
    node.sees(counted(5, 10s));
    CHECK(amount(node.pod(), pod({"web", "proxy"})).error().message == "there is no cpu of container 'proxy'");
    CHECK(amount(node.pod(), pod(), PodResource::cpu, "other").error().message == "its containers are not counted");
    CHECK(amount({}, pod()).error().code == Errc::no_data);
}

TEST_CASE("what was counted of a pod of that name before is not its own", "[node_usage]") {
    Node node;
    node.sees(counted(5, 0s));
    node.sees(counted(9, 20s));  // of another one, from 10 s on
    CHECK(amount(node.pod(), running_pod(kStart + 10s, {"web"})).error().message == "its CPU was counted from before the pod started");
    node.sees(counted(19, 30s));
    CHECK(amount(node.pod(), running_pod(kStart + 10s, {"web"}))->value == 1);
    CHECK(amount(node.pod(), running_pod(kStart + 40s, {"web"}), PodResource::memory).error().message == "it was measured before the pod started");
}

TEST_CASE("a stamp in the future is no value", "[node_usage]") {
    Node node;
    node.sees(counted(0, 1h));
    node.sees(counted(5, 1h + 10s));
    CHECK(amount(node.pod(), pod()).error().message.find("in the future") != std::string::npos);
}

}  // namespace setpoint::test
