// SPDX-License-Identifier: Apache-2.0
#include "collectors/kube_pod_usage.hpp"

#include <catch2/catch.hpp>

#include "core/units.hpp"
#include "tests/support/collecting.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

const WallTime kMeasured = *parse_time("2026-11-25T10:00:00Z");
const WallTime kNow = kMeasured + 10s;

std::string list_of(const std::string& items, const std::string& more = "") {
    return R"({"kind":"PodMetricsList","apiVersion":"metrics.k8s.io/v1beta1","metadata":{"continue":")" + more + R"("},"items":[)" + items + "]}";
}

std::string pod_of(const std::string& containers, const std::string& time = R"("timestamp":"2026-11-25T10:00:00Z","window":"30s")") {
    return R"({"metadata":{"name":"cart-1","namespace":"shop"},)" + time + R"(,"containers":[)" + containers + "]}";
}

std::string container(const std::string& name, const std::string& cpu, const std::string& memory) {
    return R"({"name":")" + name + R"(","usage":{"cpu":")" + cpu + R"(","memory":")" + memory + R"("}})";
}

PodUsage usage_of(const std::string& pod) {
    const auto page = parse_pod_usage(list_of(pod));
    REQUIRE(page);
    return page->pods.at("cart-1");
}

Result<PodAmount> cpu_of(const std::string& pod, std::vector<std::string> containers = {"web"}, const std::string& only = "") {
    return amount_of(usage_of(pod), running_pod(kMeasured - 1h, containers), PodResource::cpu, only, kNow);
}

std::string why_not(const std::string& pod, std::vector<std::string> containers = {"web"}) {
    const auto amount = cpu_of(pod, std::move(containers));
    REQUIRE_FALSE(amount);
    CHECK(amount.error().code == Errc::no_data);
    return amount.error().message;
}

}  // namespace

TEST_CASE("a pod uses what its containers use together, dated with its window", "[kube_pod_usage]") {
    // 250 millicores and 1.5 million nanocores; 64 MiB and 1000 bytes.
    const auto usage = usage_of(pod_of(container("web", "250m", "64Mi") + "," + container("proxy", "1500000n", "1000")));
    const auto pod = running_pod(kMeasured - 1h, {"web", "proxy"});
    const auto cpu = amount_of(usage, pod, PodResource::cpu, "", kNow);
    REQUIRE(cpu);
    CHECK_THAT(cpu->value, Catch::Matchers::WithinAbs(0.2515, 1e-12));
    CHECK(cpu->measured == kMeasured);
    CHECK(cpu->window == 30s);
    CHECK(amount_of(usage, pod, PodResource::memory, "", kNow)->value == 67'109'864);
    CHECK(amount_of(usage, pod, PodResource::memory, "proxy", kNow)->value == 1000);
}

TEST_CASE("windows come as Go writes them", "[kube_pod_usage]") {
    const auto [text, length] = GENERATE(table<std::string, Duration>({{"1m0s", 60s}, {"15.124s", 15124ms}, {"500ms", 500ms}, {"0s", 0s}, {"1h0m0s", 1h}}));
    CAPTURE(text);
    const auto cpu = cpu_of(pod_of(container("web", "1", "1"), R"("timestamp":"2026-11-25T10:00:00Z","window":")" + text + "\""));
    REQUIRE(cpu);
    CHECK(cpu->window == length);
}

TEST_CASE("a container that the pod's template does not name does not count", "[kube_pod_usage]") {
    CHECK(cpu_of(pod_of(container("web", "1", "1") + "," + container("debugger", "3", "1")))->value == 1);
}

TEST_CASE("an idle container is zero, a missing one is missing", "[kube_pod_usage]") {
    CHECK(cpu_of(pod_of(container("web", "0", "0")))->value == 0);
    CHECK(why_not(pod_of(container("web", "1", "1")), {"web", "proxy"}) == "there is no cpu of container 'proxy'");
    CHECK(why_not(pod_of(R"({"name":"web","usage":{"memory":"5"}})")) == "there is no cpu of container 'web'");
    CHECK(why_not(pod_of(R"({"name":"web"})")) == "there is no cpu of container 'web'");
    CHECK(why_not(pod_of("")) == "there is no cpu of container 'web'");
    CHECK(why_not(pod_of(container("web", "1", "1") + "," + container("web", "2", "1"))) == "it names container 'web' twice");
}

TEST_CASE("one container alone does not miss the others", "[kube_pod_usage]") {
    CHECK(cpu_of(pod_of(container("web", "1", "1")), {"web", "proxy"}, "web")->value == 1);
    CHECK(cpu_of(pod_of(container("web", "1", "1")), {"web"}, "proxy").error().message == "there is no cpu of container 'proxy'");
}

TEST_CASE("values that make no sense are missing, and shown", "[kube_pod_usage]") {
    const std::string value = GENERATE("-3m", "abc", "", "1e30", "9223372036854775807", "100001", "NaN", "+Inf");
    CHECK(why_not(pod_of(container("web", value, "1"))) == "cpu of container 'web' is '" + value + "'");
    CHECK(amount_of(usage_of(pod_of(container("web", value, "7"))), running_pod(kMeasured - 1h, {"web"}), PodResource::memory, "", kNow)->value == 7);
    CHECK(why_not(pod_of(R"({"name":"web","usage":{"cpu":5}})")) == "cpu of container 'web' is ''");
    CHECK(why_not(pod_of(container("web", std::string(10'000, '9'), "1"))).size() < 200);
}

TEST_CASE("a pod without a time it was measured at is missing", "[kube_pod_usage]") {
    const auto why = [](const std::string& time) { return why_not(pod_of(container("web", "1", "1"), time)); };
    CHECK(why(R"("timestamp":null,"window":"30s")") == "its timestamp is ''");
    CHECK(why(R"("timestamp":"yesterday","window":"30s")") == "its timestamp is 'yesterday'");
    CHECK(why(R"("timestamp":"2026-11-25T10:00:00Z")") == "its window is ''");
    CHECK(why(R"("timestamp":"2026-11-25T10:00:00Z","window":"-30s")") == "its window is '-30s'");
    CHECK(why(R"("timestamp":"2026-11-25T10:00:00Z","window":"25h")") == "its window is '25h'");
    CHECK(why(R"("timestamp":"2026-11-25T10:00:41Z","window":"30s")") == "its timestamp 2026-11-25T10:00:41Z is in the future");
}

TEST_CASE("a clock that is a little ahead means now", "[kube_pod_usage]") {
    CHECK(cpu_of(pod_of(container("web", "1", "1"), R"("timestamp":"2026-11-25T10:00:40Z","window":"30s")"))->measured == kNow);
}

TEST_CASE("what was measured before the pod started is of an earlier pod of that name", "[kube_pod_usage]") {
    const auto usage = usage_of(pod_of(container("web", "1", "1")));
    const auto of = [&](const KubePod& pod) { return amount_of(usage, pod, PodResource::cpu, "", kNow); };
    CHECK(of(running_pod(kMeasured - 1s, {"web"})));
    CHECK(of(running_pod(kMeasured, {"web"})).error().message == "it was measured before the pod started");
    CHECK_FALSE(of(running_pod(kMeasured + 5s, {"web"})));
    auto waiting = running_pod(kMeasured, {"web"});
    waiting.started = 0;
    CHECK_FALSE(of(waiting));
}

TEST_CASE("of a pod that is named twice the newest counts", "[kube_pod_usage]") {
    const auto old = pod_of(container("web", "1", "1"), R"("timestamp":"2026-11-25T09:59:00Z","window":"30s")");
    const auto undated = pod_of(container("web", "3", "1"), R"("window":"30s")");
    const auto now = pod_of(container("web", "2", "1"));
    CHECK(cpu_of(old + "," + now)->value == 2);
    CHECK(cpu_of(now + "," + old + "," + undated)->value == 2);
}

TEST_CASE("an empty list is a list, nonsense is none", "[kube_pod_usage]") {
    CHECK(parse_pod_usage(list_of(""))->pods.empty());
    CHECK(parse_pod_usage(R"({"items":null})")->pods.empty());
    CHECK(parse_pod_usage(list_of(R"({"metadata":{}},5,"x",{"metadata":{"name":7}})"))->pods.empty());
    CHECK(parse_pod_usage(list_of("", "tok"))->more == "tok");
    for (const std::string broken : {"", "{", "[]", "5", "{}", R"({"items":5})", "<html>", "{\"items\":[{\"metadata\":{\"name\":\"a\"", "\xff\xfe"}) {
        CAPTURE(broken);
        REQUIRE_FALSE(parse_pod_usage(broken));
        CHECK(parse_pod_usage(broken).error().code == Errc::bad_reply);
    }
    CHECK_FALSE(parse_pod_usage(std::string(100'000, '[')));
}

}  // namespace setpoint::test
