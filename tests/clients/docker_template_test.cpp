// SPDX-License-Identifier: Apache-2.0
#include "clients/docker_template.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace setpoint {
namespace {

using Json = nlohmann::json;

/// What the Engine says of a container that was started by
/// docker run --name cart-1 --label app=cart --network shop --network-alias cart -v data:/data -e A=1 cart
Json inspected() {
    return Json::parse(R"({
        "Id": "0123456789abcdef", "Name": "/cart-1", "Image": "sha256:feed",
        "Config": {"Hostname": "0123456789ab", "Env": ["A=1"], "Image": "cart", "Volumes": {"/scratch": {}},
                   "Labels": {"app": "cart"}, "MacAddress": "02:42:ac:11:00:02"},
        "HostConfig": {"Binds": ["data:/data"], "NetworkMode": "shop", "NanoCpus": 500000000, "ContainerIDFile": "/run/id",
                       "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": ""}]}},
        "NetworkSettings": {"Networks": {
            "shop": {"NetworkID": "n1", "Aliases": ["cart", "0123456789ab"], "IPAddress": "172.18.0.2", "MacAddress": "02:42"},
            "metrics": {"NetworkID": "n2", "Aliases": ["0123456789ab"], "IPAMConfig": {}}}}})");
}

Json body_of(const Json& original) { return Json::parse(one_more(original.dump(), {{"mark", "m"}})->body); }

}  // namespace

TEST_CASE("one more container is made from the image's ID and the configuration", "[docker]") {
    const auto body = body_of(inspected());
    CHECK(body["Image"] == "sha256:feed");
    CHECK(body["Env"] == Json{"A=1"});
    CHECK(body["HostConfig"]["Binds"] == Json{"data:/data"});
    CHECK(body["HostConfig"]["NanoCpus"] == 500000000);
    CHECK(body["Volumes"].contains("/scratch"));  // declared, not named: a fresh one
    CHECK(body["Labels"]["app"] == "cart");
    CHECK(body["Labels"]["mark"] == "m");
}

TEST_CASE("one more container has nothing that only the original can have", "[docker]") {
    const auto body = body_of(inspected());
    CHECK_FALSE(body.contains("Hostname"));
    CHECK_FALSE(body.contains("MacAddress"));
    CHECK_FALSE(body["HostConfig"].contains("ContainerIDFile"));
    const auto& shop = body["NetworkingConfig"]["EndpointsConfig"]["shop"];
    CHECK(shop["Aliases"] == Json{"cart"});
    CHECK_FALSE(shop.contains("IPAddress"));
    CHECK_FALSE(shop.contains("MacAddress"));
}

TEST_CASE("a host name that somebody chose stays", "[docker]") {
    auto original = inspected();
    original["Config"]["Hostname"] = "worker";
    CHECK(body_of(original)["Hostname"] == "worker");
}

TEST_CASE("the other networks are connected before the start", "[docker]") {
    const auto made = one_more(inspected().dump(), {});
    REQUIRE(made->networks.size() == 1);
    CHECK(made->networks[0].name == "metrics");
    CHECK(made->networks[0].endpoint == "{}");
}

TEST_CASE("on the default bridge nothing is configured", "[docker]") {
    auto original = inspected();
    original["HostConfig"]["NetworkMode"] = "default";
    original["NetworkSettings"]["Networks"] = {{"bridge", {{"NetworkID", "n0"}}}};
    const auto made = one_more(original.dump(), {});
    REQUIRE(made);
    CHECK(made->networks.empty());
    CHECK_FALSE(Json::parse(made->body).contains("NetworkingConfig"));
}

TEST_CASE("what only one container can have is refused, with the cure", "[docker]") {
    auto original = inspected();
    std::string told;
    SECTION("a fixed host port") {
        original["HostConfig"]["PortBindings"]["80/tcp"][0]["HostPort"] = "8080";
        told = "8080";
    }
    SECTION("a static address") {
        original["NetworkSettings"]["Networks"]["metrics"]["IPAMConfig"] = {{"IPv4Address", "10.0.0.9"}};
        told = "10.0.0.9";
    }
    SECTION("another container's network") {
        original["HostConfig"]["NetworkMode"] = "container:abc";
        told = "container:abc";
    }
    SECTION("another container's volumes") {
        original["HostConfig"]["VolumesFrom"] = {"abc"};
        told = "volumes";
    }
    SECTION("a link to another container") {
        original["HostConfig"]["Links"] = {"/db:/cart-1/db"};
        told = "linked";
    }
    SECTION("a bind into another container's volume") {
        original["HostConfig"]["Binds"] = {"named:/data", "/var/lib/docker/volumes/other/_data:/seen:ro"};
        told = "/var/lib/docker/volumes/other/_data";
    }
    const auto made = one_more(original.dump(), {});
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Errc::refused);
    CHECK_THAT(made.error().message, Catch::Matchers::Contains("cart-1") && Catch::Matchers::Contains(told));
}

TEST_CASE("a host port from a range is fine", "[docker]") {
    auto original = inspected();
    original["HostConfig"]["PortBindings"]["80/tcp"][0]["HostPort"] = "8000-8010";
    CHECK(one_more(original.dump(), {}));
}

TEST_CASE("binds of folders of the host, and of volumes by name, are fine", "[docker]") {
    auto original = inspected();
    original["HostConfig"]["Binds"] = {"named:/data", "/srv/volumes/shared:/srv"};
    CHECK(one_more(original.dump(), {}));
}

TEST_CASE("a description that lacks its parts is a bad reply", "[docker]") {
    const auto text = GENERATE("", "[]", "{}", R"({"Id": "a", "Image": "b"})", R"({"Id": "a", "Image": "b", "Config": 1, "HostConfig": {}})");
    CHECK(one_more(text, {}).error().code == Errc::bad_reply);
}

}  // namespace setpoint
