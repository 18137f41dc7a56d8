// SPDX-License-Identifier: Apache-2.0
#include "collectors/kubelets.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "collectors/node_usage.hpp"
#include "tests/collectors/kubelet_room.hpp"

namespace setpoint::test {
namespace {

using namespace std::chrono_literals;

struct Room : KubeletRoom {
    explicit Room(std::vector<FakeKube::Answer> answers, Duration pause = 0s)
        : KubeletRoom(std::move(answers)),
          kubelets(io, cluster, fakes.client(), clock,
                   [this](const std::string& node, const std::optional<Error>& error) { told.push_back(node + ": " + (error ? error->message : "over")); }, {0s, pause}) {}

    Result<Kubelets::Usage> usage(const std::string& node = "n1", Duration fresh = 0s) {
        std::promise<Result<Kubelets::Usage>> answered;
        io.run([&] { kubelets.usage(node, fresh, Deadline{10s}, [&](const Result<Kubelets::Usage>& usage) { answered.set_value(usage); }); });
        return answered.get_future().get();
    }
    std::string why_not(const std::string& node = "n1") {
        const auto failed = usage(node);
        REQUIRE_FALSE(failed);
        return failed.error().message;
    }

    std::vector<std::string> told;
    Kubelets kubelets;
};

const HttpResponse kForbidden{403, "Forbidden"};

}  // namespace

TEST_CASE("a kubelet is found by its node, and two answers make a rate", "[kubelets]") {
    Room room{nodes({node_json("n1", "10.0.0.1", 10255), node_json("n2", "10.0.0.2")})};
    room.fakes.answers("10.0.0.1", counted("a", 100, 20));
    room.fakes.answers("10.0.0.1", counted("a", 105, 10));
    REQUIRE(room.usage());
    const auto usage = room.usage();
    REQUIRE(usage);
    CHECK((*usage)->pods.at("shop/a").at("web").cpu->value == 0.5);  // 5 s in 10 s
    const auto asked = room.fakes.asked(2);
    CHECK(asked[0].at == "10.0.0.1:10255");
    CHECK(asked[0].request.target == "/metrics/resource");
    CHECK(room.told.empty());
    // One list and one watch of the nodes, for all of them.
    CHECK(room.kube.asked(2)[0].target == "/prefix/api/v1/nodes?&limit=500");
    CHECK(room.kube.asked(2).size() == 2);
}

TEST_CASE("an answer that is fresh enough serves all", "[kubelets]") {
    Room room{nodes({node_json("n1", "10.0.0.1")})};
    room.fakes.answers("10.0.0.1", counted("a", 100, 20));
    CHECK(room.usage("n1", 1h));
    CHECK(room.usage("n1", 1h));
    CHECK(room.fakes.asked(1).size() == 1);
}

TEST_CASE("a kubelet that cannot be read is told of once, and when it is again", "[kubelets]") {
    Room room{nodes({node_json("n1", "10.0.0.1")})};
    const auto unverified = fail(Errc::unreachable, "10.0.0.1:10250: its certificate does not verify");
    room.fakes.answers("10.0.0.1", kForbidden);
    room.fakes.answers("10.0.0.1", kForbidden);
    room.fakes.answers("10.0.0.1", unverified);
    room.fakes.answers("10.0.0.1", HttpResponse{200, "<html>\n"});
    room.fakes.answers("10.0.0.1", HttpResponse{200, "<body>\n"});
    room.fakes.answers("10.0.0.1", counted("a", 1, 1));
    room.fakes.answers("10.0.0.1", counted("a", 1, 1));
    CHECK(room.why_not().starts_with("the kubelet of n1: it says 403: the agent lacks the permission"));
    CHECK(room.why_not().starts_with("the kubelet of n1: it says 403: the agent lacks the permission"));
    CHECK(room.why_not() == "the kubelet of n1: 10.0.0.1:10250: its certificate does not verify");
    CHECK(room.why_not() == "the kubelet of n1: its answer makes no sense: line 1 is '<html>'");
    CHECK(room.why_not() == "the kubelet of n1: its answer makes no sense: line 1 is '<html>'");
    CHECK(room.usage());
    CHECK(room.usage());
    REQUIRE(room.told.size() == 4);
    CHECK(room.told[0].starts_with("n1: the kubelet of n1: it says 403"));
    CHECK(room.told[1].ends_with("its certificate does not verify"));
    CHECK(room.told[3] == "n1: over");
}

TEST_CASE("what was counted before a silence is no beginning", "[kubelets]") {
    Room room{nodes({node_json("n1", "10.0.0.1")})};
    room.fakes.answers("10.0.0.1", counted("a", 100, 30));
    room.fakes.answers("10.0.0.1", kForbidden);
    room.fakes.answers("10.0.0.1", counted("a", 110, 20));
    room.fakes.answers("10.0.0.1", counted("a", 130, 10));
    CHECK(room.usage());
    CHECK_FALSE(room.usage());
    CHECK_FALSE((*room.usage())->pods.at("shop/a").at("web").cpu);
    CHECK((*room.usage())->pods.at("shop/a").at("web").cpu->value == 2);
}

TEST_CASE("a kubelet that failed is left alone for a while", "[kubelets]") {
    Room room{nodes({node_json("n1", "10.0.0.1")}), 1h};
    room.fakes.answers("10.0.0.1", kForbidden);
    const auto why = room.why_not();
    CHECK(room.why_not() == why);
    CHECK(room.fakes.asked(1).size() == 1);
}

TEST_CASE("a node that is not there, has no address, or may not be read is a failure that says so", "[kubelets]") {
    Room room{nodes({node_json("n1", "nowhere")})};
    CHECK(room.why_not("n1") == "the kubelet of n1: the node has no InternalIP");
    CHECK(room.why_not("n2") == "the kubelet of n2: there is no such node");
    Room forbidden{{{403, R"({"message":"nodes is forbidden: User \"x\" cannot list resource \"nodes\""})", {}, true, "nodes", true}}};
    CHECK(forbidden.why_not() == "the kubelet of n1: the cluster's nodes cannot be listed: kubernetes says 403: nodes is forbidden: User \"x\" cannot list resource \"nodes\"");
}

}  // namespace setpoint::test
