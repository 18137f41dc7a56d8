// SPDX-License-Identifier: Apache-2.0
#include "actuators/kube_deletion_cost.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "tests/support/fake_kube.hpp"

using namespace setpoint;
using namespace std::chrono_literals;
using test::FakeKube;
using Cost = KubePod::Cost;

TEST_CASE("those that should go are marked, and those marked before no more", "[kube_deletion_cost]") {
    const std::vector<KubeCostedPod> pods{{PodId{1}, "a", Cost::none}, {PodId{2}, "b", Cost::none}, {PodId{3}, "c", Cost::ours},
                                          {PodId{4}, "d", Cost::ours}, {PodId{5}, "e", Cost::others}};
    CHECK(marks_for(pods, {PodId{2}, PodId{3}, PodId{5}, PodId{9}}) == std::vector<KubePodMark>{{"b", true}, {"d", false}});
    CHECK(marks_for({}, {PodId{1}}).empty());
}

TEST_CASE("of each kind at most twenty are changed", "[kube_deletion_cost]") {
    std::vector<KubeCostedPod> pods;
    std::vector<PodId> all;
    for (std::uint64_t i = 0; i < 50; ++i) {
        pods.push_back({PodId{i}, "new-" + std::to_string(i), Cost::none});
        pods.push_back({PodId{100 + i}, "old-" + std::to_string(i), Cost::ours});
        all.push_back(PodId{i});
    }
    CHECK(marks_for(pods, all).size() == 2 * kMostMarks);
}

namespace {

std::optional<Error> mark(FakeKube& kube, IoThread& io, const std::vector<KubePodMark>& marks) {
    std::promise<std::optional<Error>> told;
    io.post([&] { mark_kube_pods(kube.client(), "shop", marks, Deadline{2s}, [&](std::optional<Error> error) { told.set_value(std::move(error)); }); });
    return told.get_future().get();
}

}  // namespace

TEST_CASE("a mark is two annotations, which a merge patch sets or takes away", "[kube_deletion_cost]") {
    IoThread io;
    FakeKube kube{io, {{200, "{}"}, {404, R"({"kind": "Status", "code": 404, "message": "not found"})"}}};
    CHECK_FALSE(mark(kube, io, {{"a", true}, {"b", false}}));  // one that is gone needs none
    const auto asked = kube.asked(2);
    REQUIRE(asked.size() == 2);
    CHECK(asked[0].method == "PATCH");
    CHECK(asked[0].target == "/prefix/api/v1/namespaces/shop/pods/a");
    CHECK(asked[0].body == R"({"metadata":{"annotations":{"controller.kubernetes.io/pod-deletion-cost":"-1000","setpoint.dev/leaves-first":"true"}}})");
    CHECK(asked[1].body == R"({"metadata":{"annotations":{"controller.kubernetes.io/pod-deletion-cost":null,"setpoint.dev/leaves-first":null}}})");
}

TEST_CASE("a mark that is refused is told, once all have their answers", "[kube_deletion_cost]") {
    IoThread io;
    FakeKube kube{io, {{403, R"({"kind": "Status", "reason": "Forbidden", "message": "pods \"a\" is forbidden", "code": 403})"}, {200, "{}"}}};
    const auto error = mark(kube, io, {{"a", true}, {"b", true}});
    REQUIRE(error);
    CHECK(error->message.find("forbidden") != std::string::npos);
    CHECK(kube.asked(2).size() == 2);
    CHECK_FALSE(mark(kube, io, {}));
}
