// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_selector.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;
using Labels = std::map<std::string, std::string>;

namespace {

bool takes(const std::string& text, const Labels& labels) {
    const auto selector = parse_selector(text);
    INFO(text);
    REQUIRE(selector);
    return selector->matches(labels);
}

}  // namespace

TEST_CASE("labels must have their values", "[kube_selector]") {
    CHECK(takes("app=cart", {{"app", "cart"}, {"more", "x"}}));
    CHECK(takes("app==cart , tier = web", {{"app", "cart"}, {"tier", "web"}}));
    CHECK_FALSE(takes("app=cart,tier=web", {{"app", "cart"}}));
    CHECK(takes("app=", {{"app", ""}}));
    CHECK_FALSE(takes("app=cart,app=other", {{"app", "cart"}}));
    CHECK(takes("app.kubernetes.io/name=cart", {{"app.kubernetes.io/name", "cart"}}));
}

TEST_CASE("expressions are those of kubectl", "[kube_selector]") {
    CHECK(takes("tier in (web, api)", {{"tier", "api"}}));
    CHECK_FALSE(takes("tier in (web,api)", {{"tier", "db"}}));
    CHECK(takes("zone notin (z9),tier", {{"tier", "x"}}));
    CHECK_FALSE(takes("zone notin (z8,z9),tier", {{"tier", "x"}, {"zone", "z9"}}));
    CHECK(takes("zone!=z9,tier", {{"tier", "x"}, {"zone", "z1"}}));
    CHECK_FALSE(takes("!canary,tier", {{"tier", "x"}, {"canary", ""}}));
    CHECK(takes("!canary,tier", {{"tier", "x"}}));
}

TEST_CASE("a selector is written as it is read", "[kube_selector]") {
    const std::string text = "app=cart,tier in (web,api),zone notin (z9),team,!canary";
    const auto selector = parse_selector(text);
    REQUIRE(selector);
    CHECK(written(*selector) == text);
    CHECK(written(*parse_selector("b=,a==x,a in (y)")) == "a=x,b=,a in (y)");
    CHECK(written(*parse_selector("a in (,b)")) == "a in (,b)");
    CHECK(written(KubeSelector{}).empty());
}

TEST_CASE("what is no selector selects nothing", "[kube_selector]") {
    for (const auto* wrong : {"", ",", "app=cart,", "=cart", "a in web", "a in (web", "a like (web)", "a>3", "a b", "(a)", "!"}) {
        INFO(wrong);
        CHECK(parse_selector(wrong).error().code == Errc::bad_reply);
    }
    CHECK_FALSE(parse_selector(std::string(20'000, 'a')));
}
