// SPDX-License-Identifier: Apache-2.0
#include "agent/live/label_claims.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

namespace setpoint {
namespace {

using Catch::Matchers::Contains;
using Labels = std::map<std::string, std::string>;

ContainerSummary container(const std::string& name, Labels labels, int created = 1, ContainerState state = ContainerState::running) {
    ContainerSummary made;
    made.id = "id-" + name;
    made.name = name;
    made.state = state;
    made.created = WallTime{std::chrono::seconds{created}};
    made.labels = std::move(labels);
    return made;
}

Labels with(Labels labels, const Labels& more) {
    labels.insert(more.begin(), more.end());
    return labels;
}

Labels composed(const std::string& text, const std::string& one_off = "False") {
    return {{"com.docker.compose.project", "shop"}, {"com.docker.compose.service", "cart"}, {"com.docker.compose.oneoff", one_off}, {kScaleLabel, text}};
}

Labels grouped(const std::string& text, const std::string& group = "web") { return {{kGroupLabel, group}, {kScaleLabel, text}}; }

/// The one claim.
LabelClaim claim(const std::vector<ContainerSummary>& containers) {
    auto said = claims_of(containers);
    REQUIRE(said.claims.size() == 1);
    return said.claims[0];
}

std::string refusal(const ContainerSummary& one) {
    const auto said = claims_of({one});
    CHECK(said.claims.empty());
    REQUIRE(said.wrong.size() == 1);
    CHECK(said.wrong.begin()->first == "container " + one.name);
    return said.wrong.begin()->second;
}

}  // namespace

TEST_CASE("containers without the label say nothing", "[label_claims]") {
    const auto said = claims_of({container("a", {}), container("b", {{kGroupLabel, "web"}})});
    CHECK(said.claims.empty());
    CHECK(said.wrong.empty());
}

TEST_CASE("the target is the Compose service, the Swarm service or the group of the container", "[label_claims]") {
    const auto service = claim({container("shop_cart_1", composed("x")), container("shop_cart_2", composed("x"))});
    CHECK(service.target == "docker project shop service cart");
    CHECK(service.labels == std::vector<std::string>{"com.docker.compose.project=shop", "com.docker.compose.service=cart", "com.docker.compose.oneoff=False"});
    CHECK(service.document.name == "shop-cart");
    CHECK(service.document.place == "container shop_cart_2, label setpoint.dev/scale");
    CHECK_FALSE(service.disagree);
    const auto swarm = claim({container("cart.1.x", {{"com.docker.swarm.service.name", "cart"}, {kScaleLabel, "x"}})});
    CHECK(swarm.target == "docker service cart");
    const auto group = claim({container("web-1", grouped("x"))});
    CHECK(group.target == "docker label setpoint.dev/group=web");
    CHECK(group.document.name == "web");
}

TEST_CASE("one-off runs, and containers on their way out, say nothing", "[label_claims]") {
    CHECK(claims_of({container("run", composed("x", "True"))}).claims.empty());
    CHECK(claims_of({container("old", composed("x"), 1, ContainerState::removing)}).claims.empty());
    CHECK(claims_of({container("old", composed("x"), 1, ContainerState::dead)}).claims.empty());
    CHECK(claims_of({container("run", composed("x", "True"))}).wrong.empty());
}

TEST_CASE("a container that belongs to no target is named, with the cure", "[label_claims]") {
    CHECK_THAT(refusal(container("web", {{kScaleLabel, "x"}})), Contains("setpoint.dev/group=NAME"));
    CHECK_THAT(refusal(container("web", grouped("x", ""))), Contains("must be letters"));
    CHECK_THAT(refusal(container("web", grouped("x", "a b"))), Contains("'a b'"));
    CHECK_THAT(refusal(container("web", with(composed("x"), {{kGroupLabel, "web"}}))), Contains("belongs to the service 'cart'"));
    auto odd = composed("x");
    odd["com.docker.compose.project"] = "shop\nError: forged";
    CHECK_THAT(refusal(container("web", odd)), Contains("must be letters"));
}

TEST_CASE("a name can be made of the target's, or is said by another label", "[label_claims]") {
    auto labels = composed("x");
    labels["com.docker.compose.project"] = "_My.Shop";
    labels["com.docker.compose.service"] = "Cart_A-";
    CHECK(claim({container("c", labels)}).document.name == "my-shop-cart-a");
    CHECK(claim({container("c", with(composed("x"), {{kNameLabel, "basket"}}))}).document.name == "basket");
    const auto wrong = claim({container("c", with(composed("x"), {{kNameLabel, "Bas ket"}}))});
    CHECK_THAT(wrong.wrong, Contains("container c, label setpoint.dev/name") && Contains("'Bas ket'"));
    labels["com.docker.compose.project"] = "_";
    labels["com.docker.compose.service"] = ".";
    CHECK_THAT(claim({container("c", labels)}).wrong, Contains("setpoint.dev/name=NAME"));
    labels["com.docker.compose.service"] = std::string(100, 'a');
    CHECK(claim({container("c", labels)}).document.name == std::string(61, 'a'));
}

TEST_CASE("of containers that disagree the newest counts", "[label_claims]") {
    const auto said = claim({container("web-1", grouped("old"), 1), container("web-2", grouped("new"), 2)});
    CHECK(said.document.text == "new");
    CHECK(said.container == "web-2");
    CHECK(said.disagree);
    CHECK(claim({container("web-2", grouped("new"), 2), container("web-1", grouped("old"), 1)}).document.text == "new");
    CHECK(claim({container("a", grouped("x"), 1), container("b", with(grouped("x"), {{kNameLabel, "other"}}), 1)}).disagree);
}

TEST_CASE("a copy that setpoint made does not outvote the original", "[label_claims]") {
    const auto copy = with(grouped("old"), {{"setpoint.dev/policy", "web"}, {"setpoint.dev/operation", "1"}});
    CHECK(claim({container("web-1", grouped("new"), 1), container("web-2", copy, 9)}).document.text == "new");
    // Only copies are left: the newest.
    CHECK(claim({container("web-2", copy, 9)}).document.text == "old");
}

TEST_CASE("one that runs counts before one that stopped, which counts when nothing runs", "[label_claims]") {
    const auto stopped = container("web-2", grouped("new"), 2, ContainerState::exited);
    CHECK(claim({container("web-1", grouped("old"), 1), stopped}).document.text == "old");
    CHECK(claim({stopped}).document.text == "new");
}

TEST_CASE("the target whose containers are the oldest comes first", "[label_claims]") {
    const auto said = claims_of({container("a", grouped("x", "a"), 5), container("b", grouped("x", "b"), 3), container("a2", grouped("x", "a"), 9)});
    REQUIRE(said.claims.size() == 2);
    CHECK(said.claims[0].document.name == "b");
    CHECK(said.claims[1].document.name == "a");
}

TEST_CASE("a label with or without a value", "[label_claims]") {
    const auto one = container("c", {{"app", "web"}});
    CHECK(carries(one, {"app"}));
    CHECK(carries(one, {"app=web"}));
    CHECK_FALSE(carries(one, {"app=we"}));
    CHECK_FALSE(carries(one, {"app", "tier"}));
    CHECK_FALSE(carries(one, {"ap"}));
}

}  // namespace setpoint
