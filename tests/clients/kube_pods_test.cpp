// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_pods.hpp"

#include <catch2/catch.hpp>

namespace setpoint::test {
namespace {

/// A pod with these parts of its spec and status, which begin with a comma.
std::string pod(const std::string& containers, const std::string& spec = {}, const std::string& status = {}, const std::string& metadata = {}) {
    return R"({"metadata":{"name":"a","uid":"u")" + metadata + R"(},"spec":{"containers":[)" + containers + "]" + spec +
           R"(},"status":{"phase":"Running")" + status + "}}";
}

std::string container(const std::string& requests, const std::string& more = {}) {
    return R"({"name":"app","resources":{"requests":{)" + requests + "}}" + more + "}";
}

KubePod read(const std::string& json) {
    KubePodReader reader;
    const auto pod = reader.read(json);
    REQUIRE(pod);
    return *pod;
}

}  // namespace

TEST_CASE("requests are those of the application and of init containers that run on beside it", "[kube_pods]") {
    const auto read_one = read(pod(container(R"("cpu":"100m","memory":"1Gi")") + "," + container(R"("cpu":"0.2","memory":"512Mi")"),
                                   R"(,"initContainers":[)" + container(R"("cpu":"7","memory":"9Gi")") + "," +
                                       container(R"("cpu":"50m","memory":"1")", R"(,"restartPolicy":"Always")") + "]"));
    CHECK(read_one.made_from->requests.cpu == 0.35);
    CHECK(read_one.made_from->requests.memory == 1.5 * 1024 * 1024 * 1024 + 1);
    CHECK(read_one.made_from->containers.size() == 3);
    CHECK_FALSE(read_one.made_from->limits.cpu);
}

TEST_CASE("a request that one container does not state is that of no pod, unless the pod states it", "[kube_pods]") {
    const auto two = container(R"("cpu":"100m","memory":"1Gi")") + "," + container(R"("memory":"1Gi")");
    CHECK_FALSE(read(pod(two)).made_from->requests.cpu);
    CHECK(read(pod(two)).made_from->requests.memory == 2.0 * 1024 * 1024 * 1024);
    CHECK(read(pod(two, R"(,"resources":{"requests":{"cpu":"2"}})")).made_from->requests.cpu == 2.0);
    CHECK_FALSE(read(pod(container(R"("cpu":"-1")"))).made_from->requests.cpu);
    CHECK_FALSE(read(pod(container(R"("cpu":"lots")"))).made_from->requests.cpu);
    // 100 microcores are a thousandth of a core, as for the Kubernetes controllers.
    CHECK(read(pod(container(R"("cpu":"100u")"))).made_from->requests.cpu == 0.001);
    CHECK(read(pod(container(R"("cpu":"70m")"))).made_from->requests.cpu == 0.07);
}

TEST_CASE("readiness, start, node and end are read", "[kube_pods]") {
    const auto running = read(pod(container(""), R"(,"nodeName":"node1")",
                                  R"(,"startTime":"2026-01-31T08:00:00Z","conditions":[
                                      {"type":"ContainersReady","status":"False"},
                                      {"type":"Ready","status":"True","lastTransitionTime":"2026-01-31T08:00:05Z"}])"));
    CHECK(running.phase == PodPhase::running);
    CHECK(running.ready == KubePod::Ready::yes);
    CHECK(running.ready_changed - running.started == 5);
    CHECK(*running.node == "node1");
    CHECK_FALSE(running.deleting);
    const auto ending = read(pod(container(""), "", R"(,"conditions":[{"type":"Ready","status":"Unknown"}])", R"(,"deletionTimestamp":"2026-01-31T08:00:00Z")"));
    CHECK(ending.deleting);
    CHECK(ending.ready == KubePod::Ready::no);
    CHECK(ending.started == 0);
    CHECK(read(pod(container(""))).ready == KubePod::Ready::unknown);
}

TEST_CASE("a pod that finds no node, and one that crashes again and again, are told", "[kube_pods]") {
    const auto nowhere = read(pod(container(""), "", R"(,"conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable"}])"));
    CHECK(nowhere.unschedulable);
    CHECK_FALSE(nowhere.crash_looping);
    const auto crashing = read(pod(container(""), "", R"(,"containerStatuses":[{"state":{"waiting":{"reason":"CrashLoopBackOff"}}}])"));
    CHECK(crashing.crash_looping);
}

TEST_CASE("between two crashes a pod crashes again and again all the same; one that failed once does not", "[kube_pods]") {
    const auto crash_loops = [](const std::string& ready, int restarts, int exit_code, const std::string& finished) {
        return read(pod(container(""), "", R"(,"containerStatuses":[{"ready":)" + ready + R"(,"restartCount":)" + std::to_string(restarts) +
                                               R"(,"state":{"running":{"startedAt":"2026-01-31T08:00:20Z"}},"lastState":{"terminated":{"exitCode":)" +
                                               std::to_string(exit_code) + R"(,"finishedAt":")" + finished + R"("}}}])"))
            .crash_looping;
    };
    CHECK(crash_loops("false", 3, 1, "2026-01-31T08:00:00Z"));
    CHECK_FALSE(crash_loops("true", 3, 1, "2026-01-31T08:00:00Z"));   // it serves
    CHECK_FALSE(crash_loops("false", 1, 1, "2026-01-31T08:00:00Z"));  // the first failure
    CHECK_FALSE(crash_loops("false", 3, 0, "2026-01-31T08:00:00Z"));  // it ended as it should
    CHECK_FALSE(crash_loops("false", 3, 1, "2026-01-31T08:00:19Z"));  // started again at once: it had run well for long
    CHECK_FALSE(crash_loops("false", 3, 1, "soon"));
}

TEST_CASE("pods of one template share what they have in common", "[kube_pods]") {
    KubePodReader reader;
    const auto labelled = [&](const std::string& number, const std::string& cpu) {
        return *reader.read(pod(container("\"cpu\":\"" + cpu + "\""), R"(,"nodeName":"n")", "",
                                R"(,"labels":{"app":"cart","statefulset.kubernetes.io/pod-name":")" + number +
                                    R"("},"ownerReferences":[{"uid":"other"},{"uid":"set","controller":true}])"));
    };
    const auto one = labelled("cart-0", "1");
    const auto two = labelled("cart-1", "1");
    CHECK(one.made_from == two.made_from);
    CHECK(one.node == two.node);
    CHECK(one.made_from->owner == hash_of("set"));
    CHECK(one.made_from->labels == std::map<std::string, std::string>{{"app", "cart"}});
    CHECK(labelled("cart-2", "2").made_from != one.made_from);
}

TEST_CASE("a pod in a watch takes at most 200 bytes", "[kube_pods]") {
    // A node of the map: two words of its own, the key and what it leads to; the key's text; a bucket; what the allocator adds.
    const std::string key = "production/cart-service-5d8f7c9b6d-x2x4z";
    constexpr std::size_t kAllocator = 8;
    const auto node = 2 * sizeof(void*) + sizeof(std::string) + sizeof(KubePods::Item) + kAllocator;
    CHECK(node + key.size() + 1 + kAllocator + sizeof(void*) <= 200);
}

TEST_CASE("a pod as policies see it", "[kube_pods]") {
    KubePod pod;
    pod.made_from = std::make_shared<KubePodTemplate>(KubePodTemplate{.containers = {{"app", {}, {}}}, .requests = {.cpu = 0.5}});
    pod.phase = PodPhase::running;
    const auto same = [](WallTime time) { return Time{time.time_since_epoch()}; };
    const auto fresh = as_pod("cart-1", 7, pod, same);
    CHECK(fresh.id == PodId{7});
    CHECK_FALSE(fresh.ready);
    CHECK_FALSE(fresh.started_at);
    pod.ready = KubePod::Ready::yes;
    pod.started = 1'700'000'000;
    const auto serving = as_pod(std::string(100, 'x'), 7, pod, same);
    CHECK(serving.serving());
    CHECK(serving.started_at == at_unix(1'700'000'000));
    CHECK(serving.requests.cpu == 0.5);
    CHECK(serving.name.size() == 63);
    CHECK(serving.named.empty());
}

TEST_CASE("a pod tells those containers apart that signals name", "[kube_pods]") {
    KubePodReader reader;
    const auto pod = reader.read(R"({"spec": {
        "containers": [{"name": "app", "resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": "1"}}},
                       {"name": "proxy", "resources": {"requests": {"cpu": "100m"}}}],
        "initContainers": [{"name": "migrate", "resources": {"requests": {"cpu": "3"}}},
                           {"name": "mesh", "restartPolicy": "Always", "resources": {"requests": {"cpu": "50m"}}}]},
        "status": {"containerStatuses": [{"name": "app", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}})");
    REQUIRE(pod);
    const std::vector<std::string> named{"mesh", "app", "migrate"};
    const auto seen = as_pod("cart-1", 7, *pod, [](WallTime time) { return Time{time.time_since_epoch()}; }, named);
    REQUIRE(seen.named.size() == 2);  // one that runs only at the start is none to be measured
    CHECK(seen.named[0] == PodContainer{"app", {.cpu = 0.5}, {.cpu = 1}});
    CHECK(seen.named[1] == PodContainer{"mesh", {.cpu = 0.05}, {}});
    CHECK(seen.requests.cpu == 0.65);
    CHECK(seen.crash_looping);
}

TEST_CASE("what is no pod is an error", "[kube_pods]") {
    KubePodReader reader;
    for (const char* odd : {"", "7", "{}", "[", R"({"spec":{}})", R"({"spec":{"containers":[}})"}) {
        INFO(odd);
        CHECK(reader.read(odd).error().code == Errc::bad_reply);
    }
    // Members of the wrong kind are as if they were not there.
    CHECK(reader.read(R"({"metadata":7,"spec":{"containers":{},"initContainers":7},"status":[]})"));
}

}  // namespace setpoint::test
