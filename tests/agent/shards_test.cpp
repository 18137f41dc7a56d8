// SPDX-License-Identifier: Apache-2.0
#include "agent/live/shards.hpp"

#include <catch2/catch.hpp>

using namespace setpoint;

namespace {

PolicyObject object(const std::string& name, const std::string& spec, const std::string& ns = "shop") {
    auto read = read_policy_object(R"({"apiVersion": "setpoint.dev/v1alpha1", "kind": "ScalingPolicy", "metadata": {"name": ")" + name + R"(", "namespace": ")" + ns +
                                   R"(", "uid": "uid-)" + name + R"("}, "spec": )" + spec + "}");
    REQUIRE(read);
    return *read;
}

std::string on(const std::string& kind, const std::string& name, const std::string& version = "apps/v1") {
    return R"({"target": {"kubernetes": {"apiVersion": ")" + version + R"(", "kind": ")" + kind + R"(", "name": ")" + name + R"("}}})";
}

}  // namespace

// Worked out by another program, with FNV-1a as its authors describe it: agents of all versions must agree.
TEST_CASE("a target is in the same shard for ever", "[shards]") {
    CHECK(shard_of("", 4) == 1);
    CHECK(hash_of("shop/Deployment/cart") == 0x3f4d59e4b8b559b8);
    const auto [target, of_4, of_7, of_32] = GENERATE(table<std::string, std::size_t, std::size_t, std::size_t>({{"shop/Deployment/cart", 0, 0, 28},
                                                                                                                {"shop/Deployment/order", 0, 1, 20},
                                                                                                                {"jobs/StatefulSet/worker", 2, 6, 22},
                                                                                                                {"shop/ScalingPolicy/odd", 0, 6, 8}}));
    CHECK(shard_of(target, 1) == 0);
    CHECK(shard_of(target, 4) == of_4);
    CHECK(shard_of(target, 7) == of_7);
    CHECK(shard_of(target, 32) == of_32);
}

TEST_CASE("targets that are called alike are spread over the shards", "[shards]") {
    std::vector<int> counts(4);
    for (int i = 0; i < 40; ++i) ++counts[shard_of("shop/Deployment/web-" + std::to_string(i), 4)];
    CHECK(counts == std::vector<int>{10, 10, 10, 10});
}

TEST_CASE("policies for one target are in one shard, whatever they are called and whether they are right", "[shards]") {
    CHECK(object("a", on("Deployment", "cart")).target == "shop/Deployment/cart");
    CHECK(object("b", on("Deployment", "cart", "apps/v1beta1")).target == "shop/Deployment/cart");
    CHECK(object("c", R"({"nonsense": 1, "target": {"kubernetes": {"kind": "Deployment", "name": "cart"}}})").target == "shop/Deployment/cart");
    CHECK(object("a", on("Deployment", "cart"), "jobs").target == "jobs/Deployment/cart");
    CHECK(object("a", on("HorizontalPodAutoscaler", "cart")).target == "shop/HorizontalPodAutoscaler/cart");
}

TEST_CASE("a policy that names no target stands for itself", "[shards]") {
    for (const auto* spec : {"{}", "null", "7", R"({"target": "cart"})", R"({"target": {"kubernetes": {"kind": "Deployment"}}})",
                             R"({"target": {"kubernetes": {"kind": 7, "name": "cart"}}})", R"({"target": {"docker": {"service": "cart"}}})"}) {
        CHECK(object("odd", spec).target == "shop/ScalingPolicy/odd");
    }
}

TEST_CASE("of all policies those of the shards held are followed", "[shards]") {
    const std::vector<PolicyObject> all{object("cart", on("Deployment", "cart")), object("worker", on("StatefulSet", "worker"), "jobs"), object("odd", "{}")};
    const auto names = [&](const std::set<std::size_t>& held) {
        std::string text;
        for (const auto& one : of_shards(all, held, 7)) text += one.name + " ";
        return text;
    };
    CHECK(names({}).empty());
    CHECK(names({0}) == "cart ");
    CHECK(names({6}) == "worker odd ");
    CHECK(names({1, 2, 3, 4, 5}).empty());
    CHECK(names({0, 6}) == "cart worker odd ");
}
