// SPDX-License-Identifier: Apache-2.0
#include "agent/import/adoption.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace setpoint {
namespace {

using Catch::Matchers::Contains;
using Json = nlohmann::json;

Adoption policy(const char* kind, const char* target, const char* mode, bool ready = true) {
    const Json json{{"kind", "ScalingPolicy"},
                    {"metadata", {{"name", "cart"}, {"namespace", "shop"}}},
                    {"spec", {{"mode", mode}, {"target", {{"kubernetes", {{"kind", kind}, {"name", target}}}}}}},
                    {"status", {{"conditions", {{{"type", "Ready"}, {"status", ready ? "True" : "False"}, {"message", "a typo"}}}}}}};
    auto read = read_adoption(json.dump());
    REQUIRE(read);
    return std::move(*read);
}

const std::string kHpas = Json{{"items",
                                {{{"metadata", {{"name", "other"}}}, {"spec", {{"scaleTargetRef", {{"kind", "Deployment"}, {"name", "other-service"}}}}}},
                                 {{"metadata", {{"name", "cart-hpa"}}},
                                  {"spec", {{"scaleTargetRef", {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "cart-service"}}}}}}}}}
                              .dump();

std::string deployment(Json managed) { return Json{{"kind", "Deployment"}, {"metadata", {{"name", "cart-service"}, {"managedFields", std::move(managed)}}}}.dump(); }

Json hand(const char* manager, const char* operation, const char* field = "f:replicas") {
    return {{"manager", manager}, {"operation", operation}, {"time", "2026-11-20T09:00:00Z"}, {"fieldsV1", {{"f:spec", {{field, Json::object()}}}}}};
}

std::vector<std::string> commands(const Way& way) {
    std::vector<std::string> all;
    for (const auto& step : way.steps) all.push_back(step.command);
    return all;
}

}  // namespace

TEST_CASE("beside an HPA a policy goes from shadow to the floor, and from there to the whole size", "[adoption]") {
    auto shadow = policy("Deployment", "cart-service", "shadow");
    REQUIRE(add_autoscalers(shadow, "HorizontalPodAutoscaler", kHpas));
    REQUIRE(shadow.other);
    CHECK(shadow.other->name == "cart-hpa");
    const auto floor = way_to(shadow, Stage::floor);
    REQUIRE(floor);
    CHECK(floor->first.empty());
    CHECK(commands(*floor) ==
          std::vector<std::string>{
              "kubectl -n shop get horizontalpodautoscaler cart-hpa -o yaml > cart-hpa.horizontalpodautoscaler.yaml",
              R"(kubectl -n shop patch sp cart --type merge -p '{"spec":{"mode":"live","target":{"kubernetes":{"apiVersion":null,"kind":"HorizontalPodAutoscaler","name":"cart-hpa"}}}}')"});

    auto at_floor = policy("HorizontalPodAutoscaler", "cart-hpa", "live");
    REQUIRE(add_autoscalers(at_floor, "HorizontalPodAutoscaler", kHpas));
    CHECK(at_floor.stage == Stage::floor);
    CHECK(scaled_by(at_floor).name == "cart-service");
    const auto full = way_to(at_floor, Stage::full);
    REQUIRE(full);
    // It may write before the HPA goes, so that there is no moment without a scaler.
    REQUIRE(full->steps.size() == 3);
    CHECK_THAT(full->steps[1].command, Contains(R"("mode":"live")") && Contains(R"("kind":"Deployment","name":"cart-service")"));
    CHECK(full->steps[2].command == "kubectl -n shop delete horizontalpodautoscaler cart-hpa");

    const auto back = way_to(at_floor, Stage::shadow);
    REQUIRE(back);
    CHECK_THAT(back->steps[0].command, Contains(R"("mode":"shadow")") && Contains("cart-service"));
    CHECK_THAT(back->steps[1].why, Contains("minReplicas stays"));
}

TEST_CASE("without another autoscaler there is no floor, and the whole size is one step", "[adoption]") {
    const auto shadow = policy("Deployment", "cart-service", "shadow");
    CHECK(way_to(shadow, Stage::floor).error().code == Errc::refused);
    const auto full = way_to(shadow, Stage::full);
    REQUIRE(full);
    CHECK(commands(*full) == std::vector<std::string>{R"(kubectl -n shop patch sp cart --type merge -p '{"spec":{"mode":"live"}}')"});
    CHECK(way_to(shadow, Stage::shadow).error().code == Errc::refused);
    const auto back = way_to(policy("Deployment", "cart-service", "live"), Stage::shadow);
    REQUIRE(back);
    CHECK(back->steps[0].command == R"(kubectl -n shop patch sp cart --type merge -p '{"spec":{"mode":"shadow"}}')");
}

TEST_CASE("who else writes the size is named, with what to do about it", "[adoption]") {
    auto shadow = policy("Deployment", "cart-service", "shadow", false);
    REQUIRE(add_hands(shadow, deployment({hand("kubectl-client-side-apply", "Update"), hand("argocd-controller", "Apply"), hand("helm", "Update"),
                                          hand("kube-controller-manager", "Update"), hand("kubectl-scale", "Update"), hand("vpa", "Apply", "f:template")})));
    CHECK(shadow.hands.size() == 3);
    const auto way = way_to(shadow, Stage::full);
    REQUIRE(way);
    REQUIRE(way->first.size() == 4);
    CHECK(way->first[0] == "the policy is not ready: a typo");
    CHECK_THAT(way->first[1], Contains("kubectl -n shop apply edit-last-applied deployment/cart-service") && Contains("2026-11-20T09:00:00Z"));
    CHECK_THAT(way->first[2], Contains("'argocd-controller' applies replicas") && Contains("fall to 1"));
    CHECK_THAT(way->first[3], Contains("'helm' set replicas") && Contains("toDecrease: 0s"));
    CHECK(way_to(policy("Deployment", "cart-service", "live"), Stage::shadow)->first.empty());
}

TEST_CASE("what KEDA made for itself is not mistaken for somebody's HPA", "[adoption]") {
    auto shadow = policy("Deployment", "cart-service", "shadow");
    const Json reference{{"scaleTargetRef", {{"name", "cart-service"}}}};
    const Json keda_s{{"metadata", {{"name", "keda-hpa-cart"}, {"labels", {{"scaledobject.keda.sh/name", "cart"}}}}},
                      {"spec", {{"scaleTargetRef", {{"kind", "Deployment"}, {"name", "cart-service"}}}}}};
    REQUIRE(add_autoscalers(shadow, "HorizontalPodAutoscaler", Json{{"items", {keda_s}}}.dump()));
    CHECK_FALSE(shadow.other);
    REQUIRE(add_autoscalers(shadow, "ScaledObject", Json{{"items", {{{"metadata", {{"name", "cart"}}}, {"spec", reference}}}}}.dump()));
    REQUIRE(shadow.other);
    const auto full = way_to(shadow, Stage::full);
    REQUIRE(full);
    CHECK(full->steps.back().command == "kubectl -n shop delete scaledobject cart");
    CHECK_THAT(full->steps[2].why, Contains("restoreToOriginalReplicaCount"));
}

TEST_CASE("an answer that is none is an error, and a name never becomes a command", "[adoption]") {
    for (const char* wrong : {"", "[]", "{}", "{\"kind\":7}", "{\"kind\":\"Deployment\"}"}) CHECK(read_adoption(wrong).error().code == Errc::bad_reply);
    CHECK(read_adoption(R"({"kind":"ScalingPolicy","spec":{"target":{"docker":{"label":"a=b"}}}})").error().code == Errc::bad_config);
    auto shadow = policy("Deployment", "x; rm -rf 'y'", "shadow");
    CHECK(add_autoscalers(shadow, "ScaledObject", "{}").error().code == Errc::bad_reply);
    CHECK(add_hands(shadow, "nonsense").error().code == Errc::bad_reply);
    shadow.other = Adoption::Autoscaler{"HorizontalPodAutoscaler", "$(reboot)", "Deployment", "x; rm -rf 'y'", "apps/v1"};
    const auto full = way_to(shadow, Stage::full);
    REQUIRE(full);
    CHECK(full->steps[2].command == "kubectl -n shop delete horizontalpodautoscaler '$(reboot)'");
    CHECK_THAT(full->steps[1].command, Contains(R"(x; rm -rf '\''y'\'')"));
}

}  // namespace setpoint
