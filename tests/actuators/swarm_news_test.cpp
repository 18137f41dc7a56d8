// SPDX-License-Identifier: Apache-2.0
#include "actuators/swarm_news.hpp"

#include <catch2/catch.hpp>

namespace setpoint {
namespace {

using Catch::Matchers::Contains;
using Reads = SwarmNews::Reads;

ServiceDetails cart(Rollout rollout = Rollout::none) {
    ServiceDetails service;
    service.name = "cart";
    service.rollout = rollout;
    return service;
}

/// The only line.
SwarmNews::Line one(const std::vector<SwarmNews::Line>& lines) {
    REQUIRE(lines.size() == 1);
    return lines.front();
}

}  // namespace

TEST_CASE("of a service without trouble there is no news", "[swarm]") {
    SwarmNews news{Reads::this_engine};
    CHECK(news.seen(cart(), {4, 4, {}, {"n1"}}).empty());
}

TEST_CASE("what keeps a service from being scaled is said once, and when it ends", "[swarm]") {
    SwarmNews news{Reads::elsewhere};
    const auto line = one(news.failed({Errc::refused, "it is global"}));
    CHECK(line.trouble);
    CHECK_THAT(line.text, Contains("it is global"));
    CHECK(news.failed({Errc::refused, "it is global"}).empty());
    CHECK_THAT(one(news.failed({Errc::no_data, "not found"})).text, Contains("not found"));
    const auto over = one(news.seen(cart(), {}));
    CHECK_FALSE(over.trouble);
    CHECK_THAT(over.text, Contains("again"));
    CHECK(news.seen(cart(), {}).empty());
}

TEST_CASE("a rollout is said when it begins, pauses and ends", "[swarm]") {
    SwarmNews news{Reads::elsewhere};
    CHECK_FALSE(one(news.seen(cart(Rollout::updating), {})).trouble);
    CHECK(news.seen(cart(Rollout::updating), {}).empty());
    const auto paused = one(news.seen(cart(Rollout::paused), {}));
    CHECK(paused.trouble);
    CHECK_THAT(paused.text, Contains("docker service rollback cart"));
    CHECK_THAT(one(news.seen(cart(Rollout::completed), {})).text, Contains("over"));
}

TEST_CASE("replicas that find no node are trouble until they have one", "[swarm]") {
    SwarmNews news{Reads::elsewhere};
    const auto line = one(news.seen(cart(), {2, 1, "no suitable node", {}}));
    CHECK(line.trouble);
    CHECK_THAT(line.text, Contains("no suitable node"));
    CHECK_FALSE(one(news.seen(cart(), {2, 2, {}, {}})).trouble);
}

TEST_CASE("what bounds the replicas of a node is said at first sight", "[swarm]") {
    SwarmNews news{Reads::elsewhere};
    auto service = cart();
    service.host_ports = {8080};
    CHECK_THAT(one(news.seen(service, {})).text, Contains("8080"));
    CHECK(news.seen(service, {}).empty());
    service.host_ports.clear();
    service.most_per_node = 2;
    CHECK_THAT(one(news.seen(service, {})).text, Contains("at most 2"));
}

TEST_CASE("replicas on other nodes are told to whoever reads this Engine, once", "[swarm]") {
    const TaskCount spread{2, 2, {}, {"n1", "n2"}};
    SwarmNews news{Reads::this_engine};
    CHECK_THAT(one(news.seen(cart(), spread)).text, Contains("Prometheus"));
    CHECK(news.seen(cart(), {1, 1, {}, {"n1"}}).empty());
    CHECK(news.seen(cart(), spread).empty());
    CHECK(SwarmNews{Reads::elsewhere}.seen(cart(), spread).empty());
}

TEST_CASE("a size set after a rollout names the image that a rollback reaches no more", "[swarm]") {
    auto before = cart(Rollout::completed);
    before.image = "cart:2";
    CHECK(SwarmNews::resized(before).empty());
    before.previous_image = "cart:1";
    CHECK_THAT(one(SwarmNews::resized(before)).text, Contains("cart:1"));
    before.previous_image = "cart:2";  // the spec before was of another size alone
    CHECK(SwarmNews::resized(before).empty());
}

}  // namespace setpoint
