// SPDX-License-Identifier: Apache-2.0
#include "actuators/docker_plan.hpp"

#include <catch2/catch.hpp>

namespace setpoint {
namespace {

using namespace std::chrono_literals;
using State = ContainerState;

ContainerSummary container(const std::string& name, int created, State state = State::running) {
    ContainerSummary made;
    made.id = "id-" + name;
    made.name = name;
    made.state = state;
    made.created = WallTime{std::chrono::seconds{created}};
    return made;
}

ContainerSummary ours(const std::string& name, int created, State state = State::running) {
    auto made = container(name, created, state);
    made.labels[kPolicyMark] = "cart";
    return made;
}

std::vector<std::string> names(const std::vector<ContainerSummary>& containers) {
    std::vector<std::string> all;
    for (const auto& one : containers) all.push_back(one.name);
    return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the size is what runs or starts and is not being stopped", "[docker_group]") {
    const DockerPlan plan{{container("cart-1", 1), container("cart-2", 2, State::restarting), container("cart-3", 3, State::paused),
                           container("cart-4", 4, State::exited), ours("cart-5", 5, State::created), ours("cart-6", 6)},
                          "cart",
                          {"id-cart-6"}};
    CHECK(plan.size() == 3);
}

TEST_CASE("the newest of ours are stopped first", "[docker_group]") {
    // The one that somebody else made is the newest, and goes last all the same.
    const DockerPlan plan{{container("cart-1", 1), ours("cart-2", 10), ours("cart-3", 20), container("cart-9", 30)}, "cart", {}};
    CHECK(names(plan.to_stop(1)) == Names{"cart-3"});
    CHECK(names(plan.to_stop(4)) == Names{"cart-3", "cart-2", "cart-9", "cart-1"});
}

TEST_CASE("what does not serve is stopped before what does", "[docker_group]") {
    auto sick = ours("cart-2", 10);
    sick.health = ContainerHealth::unhealthy;
    const DockerPlan plan{{ours("cart-3", 20), sick, ours("cart-4", 30)}, "cart", {}};
    CHECK(names(plan.to_stop(2)) == Names{"cart-2", "cart-4"});
}

TEST_CASE("of one second the higher number is the newer", "[docker_group]") {
    const DockerPlan plan{{ours("cart-9", 5), ours("cart-10", 5), ours("cart-8", 5)}, "cart", {}};
    CHECK(names(plan.to_stop(2)) == Names{"cart-10", "cart-9"});
}

TEST_CASE("new containers are made after the newest that somebody else made", "[docker_group]") {
    const DockerPlan plan{{container("cart-1", 1), container("cart-2", 2), container("cart-3", 3, State::exited), ours("cart-4", 4)}, "cart", {}};
    REQUIRE(plan.original() != nullptr);
    CHECK(plan.original()->name == "cart-2");  // running before stopped
    CHECK(DockerPlan({ours("cart-4", 4), ours("cart-5", 5)}, "cart", {}).original()->name == "cart-5");
    CHECK(DockerPlan({}, "cart", {}).original() == nullptr);
}

TEST_CASE("strays are ours alone, and never the last of the group", "[docker_group]") {
    auto other = ours("cart-7", 7, State::created);
    other.labels[kPolicyMark] = "another policy";
    const DockerPlan plan{{container("cart-1", 1, State::exited), ours("cart-2", 2, State::created), ours("cart-3", 3, State::exited),
                           ours("cart-4", 4), ours("cart-5", 5, State::exited), other},
                          "cart",
                          {"id-cart-5"}};
    CHECK(names(plan.strays()) == Names{"cart-2", "cart-3"});
    // At zero: the one that ran is the template.
    CHECK(names(DockerPlan({ours("cart-2", 2, State::exited), ours("cart-3", 3, State::created)}, "cart", {}).strays()) == Names{"cart-3"});
    CHECK(DockerPlan({ours("cart-2", 2, State::exited)}, "cart", {}).strays().empty());
}

TEST_CASE("names go on where the group's numbers end", "[docker_group]") {
    const auto next = [](const std::string& original, const std::vector<ContainerSummary>& group) {
        return NextNames(original, group).next().text;
    };
    CHECK(next("cart-1", {container("cart-1", 1), container("cart-3", 2)}) == "cart-4");
    CHECK(next("cart", {container("cart", 1)}) == "cart-2");
    CHECK(next("cart", {container("cart", 1), container("cart-2", 1)}) == "cart-3");
    CHECK(next("shop_cart_1", {container("shop_cart_1", 1)}) == "shop_cart_2");
    CHECK(next("web2", {container("web2", 1)}) == "web2-2");  // 2 is part of the name
    CHECK(next("7", {}) == "7-2");
    CHECK(next("cart-99999999999999999999", {}) == "cart-99999999999999999999-2");
}

TEST_CASE("a Compose container that is named by its service and number can have siblings") {
    const auto named = [](const std::string& name) {
        ContainerSummary container;
        container.name = name;
        container.labels = {{"com.docker.compose.service", "cart"}};
        return check_compose_name(container);
    };
    CHECK(named("shop_cart_1"));
    CHECK(named("shop-cart-12"));
    for (const auto* own : {"cart", "my-cart", "shop_cart", "cart_1", "shop_api_1", "cart1"}) {
        CAPTURE(own);
        const auto refused = named(own);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::refused);
        CHECK(refused.error().message.find("container_name") != std::string::npos);
    }
    CHECK(check_compose_name(ContainerSummary{}));  // not of Compose
}

}  // namespace setpoint
