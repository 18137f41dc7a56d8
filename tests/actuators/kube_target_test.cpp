// SPDX-License-Identifier: Apache-2.0
#include "actuators/kube_target.hpp"

#include <catch2/catch.hpp>
#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <vector>

#include "tests/support/fake_kube.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using Catch::Contains;
using test::FakeKube;
using Answer = FakeKube::Answer;

namespace {

const std::string kShop = "/namespaces/shop/";

/// To all requests whose path ends so.
Answer to(const std::string& path, const std::string& json, int status = 200) { return {status, json, {}, true, path, true}; }
/// A list, which is followed by a watch that says nothing.
std::vector<Answer> list(const std::string& plural, const std::string& items) {
    return {{200, R"({"items": [)" + items + R"(], "metadata": {"resourceVersion": "100"}})", {}, true, kShop + plural}, {200, "", {}, false, kShop + plural}};
}

std::string metadata(const std::string& name, int version) {
    return R"("metadata": {"namespace": "shop", "name": ")" + name + R"(", "uid": "uid-)" + name + R"(", "resourceVersion": ")" + std::to_string(version) + "\"}";
}

std::string pod(const std::string& name, const std::string& app) {
    return R"({"metadata": {"namespace": "shop", "name": ")" + name + R"(", "uid": "uid-)" + name + R"(", "resourceVersion": "5", "labels": {"app": ")" + app +
           R"("}}, "spec": {"containers": [{"name": "app"}]}, "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})";
}

std::string deployment(const std::string& name, int replicas) {
    return "{" + metadata(name, 50) + R"(, "spec": {"replicas": )" + std::to_string(replicas) + R"(, "selector": {"matchLabels": {"app": ")" + name +
           R"("}}}, "status": {"replicas": )" + std::to_string(replicas) + "}}";
}

std::string hpa(const std::string& name, const std::string& of, int least, int most) {
    return "{" + metadata(name, 60) + R"(, "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": ")" + of + R"("}, "minReplicas": )" +
           std::to_string(least) + R"(, "maxReplicas": )" + std::to_string(most) + "}}";
}

std::string scaled_object(const std::string& name, const std::string& of, const std::string& more) {
    return "{" + metadata(name, 70) + R"(, "spec": {"scaleTargetRef": {"name": ")" + of + R"("})" + more + "}}";
}

const Answer kNoKeda = to("/keda.sh/v1alpha1", "{}", 404);
const Answer kKeda = to("/keda.sh/v1alpha1", R"({"resources": [{"name": "scaledobjects", "kind": "ScaledObject"}]})");
const Answer kQueues = to("/example.com/v1", R"({"resources": [{"name": "queues", "kind": "Queue"}, {"name": "queues/scale", "kind": "Scale"}, {"name": "plains", "kind": "Plain"}]})");
const Answer kScale = to("/queues/jobs/scale", R"({"kind": "Scale", )" + metadata("jobs", 40) + R"(, "spec": {"replicas": 3}, "status": {"replicas": 2, "selector": "app=jobs"}})");
const KubeName kJobs{"Queue", "example.com/v1", "shop", "jobs"};
const KubeName kCart{"Deployment", "", "shop", "cart"};
const KubeName kCartHpa{"HorizontalPodAutoscaler", "", "shop", "cart-hpa"};
const KubeName kCartObject{"ScaledObject", "keda.sh/v1alpha1", "shop", "cart-keda"};

/// What a target says, until it is asked for.
class Heard final : public Sink {
public:
    void post(Sample) override {}
    void post(TargetState state) override { put(states_, state); }
    void post(PodDelta) override {}
    void post(ApplyResult result) override { put(results_, std::move(result)); }

    void hindered(const std::optional<Obstacle>& obstacle) { put(obstacles_, obstacle); }

    std::optional<TargetState> state(Duration within) { return take(states_, within); }
    std::optional<ApplyResult> result() { return take(results_, 20s); }
    /// Empty where nothing is in the way.
    std::optional<std::string> obstacle(Duration within) {
        const auto next = take(obstacles_, within);
        if (!next) return std::nullopt;
        return *next ? (*next)->with_cure() : std::string{};
    }

private:
    template <class T>
    void put(std::vector<T>& into, T one) {
        const std::lock_guard guard{lock_};
        into.push_back(std::move(one));
        came_.notify_all();
    }
    template <class T>
    std::optional<T> take(std::vector<T>& from, Duration within) {
        std::unique_lock guard{lock_};
        if (!came_.wait_for(guard, within, [&] { return !from.empty(); })) return std::nullopt;
        auto first = std::move(from.front());
        from.erase(from.begin());
        return first;
    }

    std::mutex lock_;
    std::condition_variable came_;
    std::vector<TargetState> states_;
    std::vector<ApplyResult> results_;
    std::vector<std::optional<Obstacle>> obstacles_;
};

struct Bench {
    explicit Bench(const KubeName& object, std::vector<std::vector<Answer>> answers) {
        std::vector<Answer> all;
        for (auto& some : answers) std::ranges::move(some, std::back_inserter(all));
        kube.emplace(io, std::move(all));
        cluster.emplace(io, kube->take_client(), clock);
        target.emplace(io, *cluster, clock, KubeTarget::Settings{TargetId{0}, object, {}, [] {}, [](bool, const std::string&) {}}, [] { return Result<Duration>{1min}; },
                       [this](const std::optional<Obstacle>& obstacle) { heard.hindered(obstacle); });
    }

    /// Looked again and again, as rounds do, until there is one: lists take a moment.
    TargetState state() {
        for (int i = 0; i < 200; ++i) {
            target->look(2s, heard);
            if (const auto state = heard.state(100ms)) return *state;
        }
        FAIL("no state");
        throw 0;
    }
    std::string obstacle() {
        for (int i = 0; i < 200; ++i) {
            target->look(2s, heard);
            if (const auto obstacle = heard.obstacle(100ms)) return *obstacle;
        }
        return "nothing was said";
    }
    ApplyResult apply(Replicas seen, Replicas wanted) {
        target->apply(seen, wanted, 5s, heard);
        return heard.result().value();
    }
    std::string last_patch() {
        std::string last;
        for (const auto& request : kube->asked(1)) {
            if (request.method == "PATCH") last = request.target + " " + request.body;
        }
        return last;
    }

    IoThread io;
    Clock clock;
    Heard heard;
    std::optional<FakeKube> kube;
    std::optional<KubeCluster> cluster;
    std::optional<KubeTarget> target;
};

}  // namespace

TEST_CASE("a workload of a known kind is seen by watches and sized by its scale", "[kube_target]") {
    Bench bench{kCart, {{kNoKeda}, list("pods", pod("cart-1", "cart") + "," + pod("jobs-1", "jobs")), list("deployments", deployment("cart", 2)),
                        list("horizontalpodautoscalers", ""), {to("/deployments/cart/scale", R"({"metadata": {"resourceVersion": "80"}, "spec": {"replicas": 5}})")}}};
    const auto state = bench.state();
    CHECK(state.replicas == 2);
    CHECK(state.ready == 1);
    CHECK_FALSE(state.most);
    CHECK_FALSE(state.floor);
    CHECK(bench.apply(2, 5).outcome == ApplyOutcome::applied);
    CHECK(bench.last_patch() == "/prefix/apis/apps/v1/namespaces/shop/deployments/cart/scale "
                                R"([{"op":"test","path":"/spec/replicas","value":2},{"op":"add","path":"/spec/replicas","value":5}])");
    // The watch has not come that far.
    CHECK(bench.state().replicas == 5);
}

TEST_CASE("another kind is found by discovery, and seen by its scale and the pods that it selects", "[kube_target]") {
    Bench bench{kJobs, {{kNoKeda, kQueues, kScale}, list("pods", pod("cart-1", "cart") + "," + pod("jobs-1", "jobs")), list("horizontalpodautoscalers", "")}};
    const auto state = bench.state();
    CHECK(state.replicas == 3);
    CHECK(state.status == 2);
    CHECK(state.ready == 1);
    CHECK(bench.obstacle().empty());
    (void)bench.apply(3, 4);
    CHECK_THAT(bench.last_patch(), Contains("/prefix/apis/example.com/v1/namespaces/shop/queues/jobs/scale ") && Contains(R"("value":4)"));
}

TEST_CASE("what cannot be sized says why", "[kube_target]") {
    const auto pods = list("pods", "");
    const auto hpas = list("horizontalpodautoscalers", "");
    const auto said = [&](const KubeName& object, std::vector<Answer> answers) { return Bench{object, {{kNoKeda}, answers, pods, hpas}}.obstacle(); };
    CHECK(said({"Plain", "example.com/v1", "shop", "x"}, {kQueues}) == "the kind Plain of example.com/v1 has no scale subresource, so there is no size to set");
    CHECK(said({"Other", "example.com/v1", "shop", "x"}, {kQueues}) == "the cluster has no kind Other in example.com/v1");
    CHECK(said(kJobs, {to("/example.com/v1", "{}", 404)}) == "the cluster has no example.com/v1, where kind Queue is to be");
    CHECK(said(kJobs, {kQueues, to("/jobs/scale", "{}", 404)}) == "there is no Queue shop/jobs");
    CHECK_THAT(said(kJobs, {kQueues, to("/jobs/scale", R"({"kind": "Status", "message": "cannot get resource \"queues/scale\"", "code": 403})", 403)}),
               Contains("the Queue shop/jobs: kubernetes says 403: cannot get resource"));
    CHECK_THAT(said(kJobs, {kQueues, to("/jobs/scale", R"({"kind": "Scale", "spec": {"replicas": 1}, "status": {"replicas": 1}})")}), Contains("names no selector"));
}

TEST_CASE("a known kind that is not there, or may not be read, says so", "[kube_target]") {
    CHECK(Bench{kCart, {{kNoKeda}, list("pods", ""), list("deployments", ""), list("horizontalpodautoscalers", "")}}.obstacle() == "there is no Deployment shop/cart");
    CHECK_THAT((Bench{kCart, {{kNoKeda, to("/deployments", R"({"kind": "Status", "message": "cannot list", "code": 403})", 403)}, list("pods", ""), list("horizontalpodautoscalers", "")}}
                    .obstacle()),
               Contains("403: cannot list"));
    CHECK(Bench{kCartHpa, {{kNoKeda}, list("pods", ""), list("horizontalpodautoscalers", "")}}.obstacle() == "there is no HorizontalPodAutoscaler shop/cart-hpa");
    CHECK(Bench{kCartObject, {{kNoKeda}, list("pods", ""), list("horizontalpodautoscalers", "")}}.obstacle() == "the cluster has no kind ScaledObject");
}

TEST_CASE("of an HPA the floor is the size, and the pods are those of its workload", "[kube_target]") {
    Bench bench{kCartHpa, {{kNoKeda}, list("pods", pod("cart-1", "cart") + "," + pod("cart-2", "cart")), list("deployments", deployment("cart", 4)),
                           list("horizontalpodautoscalers", hpa("cart-hpa", "cart", 1, 6)),
                           {to("/horizontalpodautoscalers/cart-hpa", R"({"metadata": {"resourceVersion": "80"}, "spec": {"minReplicas": 3}})")}}};
    const auto state = bench.state();
    CHECK(state.replicas == 1);
    CHECK(state.ready == 2);
    CHECK(state.status == 4);
    CHECK(state.most == 6);
    CHECK(state.floor);
    CHECK(bench.obstacle().empty());
    CHECK(bench.apply(1, 3).outcome == ApplyOutcome::applied);
    CHECK(bench.last_patch() == "/prefix/apis/autoscaling/v1/namespaces/shop/horizontalpodautoscalers/cart-hpa "
                                R"([{"op":"test","path":"/spec/minReplicas","value":1},{"op":"add","path":"/spec/minReplicas","value":3}])");
    const auto refused = bench.apply(3, 7);
    CHECK(refused.outcome == ApplyOutcome::refused);
    CHECK(refused.message == "its maxReplicas is 6");
}

TEST_CASE("of a ScaledObject likewise, above what it has while idle", "[kube_target]") {
    Bench bench{kCartObject, {{kKeda}, list("pods", ""), list("deployments", deployment("cart", 4)), list("horizontalpodautoscalers", ""),
                              list("scaledobjects", scaled_object("cart-keda", "cart", R"(, "minReplicaCount": 3, "idleReplicaCount": 1)")),
                              {to("/scaledobjects/cart-keda", R"({"metadata": {"resourceVersion": "80"}, "spec": {"minReplicaCount": 2}})")}}};
    const auto state = bench.state();
    CHECK(state.replicas == 3);
    CHECK(state.most == 100);
    CHECK(bench.apply(3, 2).outcome == ApplyOutcome::applied);
    CHECK_THAT(bench.last_patch(), Contains("/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects/cart-keda ") && Contains(R"("path":"/spec/minReplicaCount","value":3)"));
    CHECK(bench.apply(2, 1).message == "its minReplicaCount must stay above its idleReplicaCount, which is 1");
}

TEST_CASE("what another autoscaler sizes is left to it, by name", "[kube_target]") {
    const auto pods = list("pods", "");
    const auto workloads = list("deployments", deployment("cart", 4));
    Bench by_hpa{kCart, {{kNoKeda}, pods, workloads, list("horizontalpodautoscalers", hpa("other", "web", 1, 6) + "," + hpa("cart-hpa", "cart", 1, 6))}};
    CHECK_THAT(by_hpa.obstacle(), Contains("the HorizontalPodAutoscaler shop/cart-hpa scales it already: "));
    const auto refused = by_hpa.apply(4, 5);
    CHECK(refused.outcome == ApplyOutcome::refused);
    CHECK_THAT(refused.message, Contains("shop/cart-hpa scales it already"));
    CHECK(by_hpa.last_patch().empty());

    auto made = hpa("keda-hpa-cart", "cart", 1, 6);
    made.insert(made.find(R"("name")"), R"("ownerReferences": [{"kind": "ScaledObject", "name": "cart-keda"}], )");
    Bench by_keda{kCart, {{kKeda}, pods, workloads, list("horizontalpodautoscalers", made), list("scaledobjects", scaled_object("cart-keda", "cart", ""))}};
    CHECK_THAT(by_keda.obstacle(), Contains("the ScaledObject shop/cart-keda scales it already: "));
    Bench made_hpa{{"HorizontalPodAutoscaler", "", "shop", "keda-hpa-cart"}, {{kNoKeda}, pods, workloads, list("horizontalpodautoscalers", made)}};
    CHECK(made_hpa.obstacle() == "the ScaledObject shop/cart-keda keeps it as it is: take that as the target");
}

TEST_CASE("no size is set before it is known whether another autoscaler does", "[kube_target]") {
    const auto silence = [](const std::string& path) { return Answer{0, "", {}, true, path}; };
    const auto pods = list("pods", "");
    const auto workloads = list("deployments", deployment("cart", 4));
    Bench hpas_late{kCart, {{silence("/horizontalpodautoscalers"), kNoKeda}, pods, workloads, list("horizontalpodautoscalers", hpa("cart-hpa", "cart", 1, 6))}};
    CHECK(hpas_late.state().changed_by == Hand::peer);
    CHECK_THAT(hpas_late.apply(4, 5).message, Contains("shop/cart-hpa scales it already"));

    Bench keda_late{kCart, {{silence("/keda.sh/v1alpha1"), kKeda}, pods, workloads, list("horizontalpodautoscalers", ""),
                            list("scaledobjects", scaled_object("cart-keda", "cart", ""))}};
    CHECK(keda_late.state().changed_by == Hand::peer);
    CHECK_THAT(keda_late.apply(4, 5).message, Contains("shop/cart-keda scales it already"));
}

TEST_CASE("its pods are known by their whole names and the selector that takes them", "[kube_target]") {
    const std::string name = "cart-" + std::string(200, 'x');
    Bench bench{kCart, {{kNoKeda}, list("pods", pod(name, "cart")), list("deployments", deployment("cart", 1)), list("horizontalpodautoscalers", "")}};
    CHECK(bench.state().ready == 1);
    bench.io.run([&] {
        std::vector<std::string> names;
        bench.target->pods()([&](PodId, const std::string& one, const KubePod&) { names.push_back(one); });
        CHECK(names == std::vector<std::string>{name});
        CHECK(bench.target->selector()() == "app=cart");
    });
}

TEST_CASE("who may not see other autoscalers is told, and goes on", "[kube_target]") {
    Bench bench{kCart, {{kNoKeda, to("/horizontalpodautoscalers", R"({"kind": "Status", "message": "cannot list", "code": 403})", 403)}, list("pods", ""),
                        list("deployments", deployment("cart", 4))}};
    CHECK(bench.state().replicas == 4);
    CHECK_THAT(bench.obstacle(), Contains("whether another autoscaler sizes it is not known: ") && Contains("cannot list"));
}
