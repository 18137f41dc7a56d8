// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/crd.hpp"

#include <nlohmann/json.hpp>

#include "agent/documents/body.hpp"
#include "agent/documents/schema.hpp"
#include "agent/documents/structural_schema.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kLongestCheckpoint = 5464;  // 4 KiB in base64

Json text(const char* help) { return {{"description", help}, {"type", "string"}}; }
Json moment(const char* help) { return {{"description", help}, {"type", "string"}, {"format", "date-time"}}; }
Json whole(const char* help, const char* format = "int32") {
    return {{"description", help}, {"type", "integer"}, {"format", format}, {"minimum", 0}};
}
Json open_object(const char* help) {
    return {{"description", help}, {"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}};
}

Json conditions() {
    Json one;
    one["type"] = "object";
    one["required"] = Json::array({"type", "status"});
    auto& properties = one["properties"];
    properties["type"] = text("Ready: the policy is understood and its target found. Active: its signals say what to do. Limited: bounds, "
                              "rate or guards hold the size back. Conflict: another scaler or hand has the target. Degraded: held for too long. "
                              "Drainable: no disruption budget stands against the least size");
    properties["status"] = {{"description", "whether it holds"}, {"type", "string"}, {"enum", Json::array({"True", "False", "Unknown"})}};
    properties["reason"] = text("why, as one word for programs");
    properties["message"] = text("why, as a sentence for people");
    properties["lastTransitionTime"] = moment("since when");
    properties["observedGeneration"] = whole("the generation of the policy that this was said of", "int64");
    return {{"description", "what holds for the policy, by type"},
            {"type", "array"},
            {"items", std::move(one)},
            {"x-kubernetes-list-type", "map"},
            {"x-kubernetes-list-map-keys", Json::array({"type"})}};
}

Json override_schema() {
    auto hand = open_object("the pin or the pause that is in force");
    hand["properties"]["kind"] = text("pin, pause or pauseDown");
    hand["properties"]["replicas"] = whole("the size, of a pin");
    hand["properties"]["until"] = moment("when it ends by itself");
    hand["properties"]["reason"] = text("why, as its author said");
    hand["properties"]["by"] = text("annotation, or order: of the command line or the API");
    return hand;
}

Json status_schema() {
    auto effective = open_object("the settings in force, defaults filled in");
    effective["properties"]["mode"] = text("live, shadow or off");
    effective["properties"]["minReplicas"] = whole("the fewest replicas");
    effective["properties"]["maxReplicas"] = whole("the most replicas");
    Json status;
    status["description"] = "what the agent saw and did last; written by it alone";
    status["type"] = "object";
    status["x-kubernetes-preserve-unknown-fields"] = true;
    auto& properties = status["properties"];
    properties["conditions"] = conditions();
    properties["state"] = text("what it does, in a word: Steady, Scaling, Limited, Yielding, Holding, Degraded, Pinned, Paused, Shadow, Off, Failing, "
                               "NoTarget, Starting, Conflict or Invalid");
    properties["observedGeneration"] = whole("the generation of the policy that was read last; Ready says whether it is in force", "int64");
    properties["currentReplicas"] = whole("the size of the target");
    properties["desiredReplicas"] = whole("the size that was decided");
    properties["lastDecision"] = text("why this size, in one sentence");
    properties["lastScaleTime"] = moment("when the size was last changed by setpoint");
    properties["override"] = override_schema();
    properties["effective"] = std::move(effective);
    properties["learnt"] = open_object("what was learnt of the target, such as how long its replicas take to start");
    properties["agreement"] = open_object("of a policy in shadow: of its latest decisions how many wished the size that was there, and how far off they were");
    properties["resumed"] = text("the last text of the annotation setpoint.dev/resume that was followed");
    properties["checkpoint"] = text("integrators, learnt values and overrides, for the next start or the next leader");
    properties["checkpoint"]["maxLength"] = kLongestCheckpoint;
    return status;
}

Json column(const char* name, const char* type, const char* path, const char* help) {
    return {{"name", name}, {"type", type}, {"jsonPath", path}, {"description", help}};
}

/// Shown with -o wide.
Json wide(Json column) {
    column["priority"] = 1;
    return column;
}

/// What it is doing, and why, in one line of `kubectl get sp`.
Json printer_columns() {
    return Json::array({
        column("Target", "string", ".spec.target.kubernetes.name", "what is scaled"),
        column("State", "string", ".status.state", "what it does, in a word"),
        wide(column("Mode", "string", ".status.effective.mode", "live, shadow or off")),
        column("Min", "integer", ".status.effective.minReplicas", "the fewest replicas"),
        column("Max", "integer", ".status.effective.maxReplicas", "the most replicas"),
        column("Current", "integer", ".status.currentReplicas", "the size of the target"),
        column("Desired", "integer", ".status.desiredReplicas", "the size that was decided"),
        wide(column("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status", "whether the policy works")),
        wide(column("Active", "string", ".status.conditions[?(@.type==\"Active\")].status", "whether its signals say what to do")),
        wide(column("Limited", "string", ".status.conditions[?(@.type==\"Limited\")].reason", "what holds the size back")),
        wide(column("Scaled", "date", ".status.lastScaleTime", "when setpoint last changed the size")),
        column("Why", "string", ".status.lastDecision", "why this size"),
        column("Age", "date", ".metadata.creationTimestamp", "since when the policy is there"),
    });
}

/// Of the document what the server does not define itself.
Json root_schema() {
    const auto document = policy_schema();
    Json root;
    root["description"] = "What to scale, by which signals, with which policies, within which limits";
    root["type"] = "object";
    root["required"] = Json::array({"spec"});
    root["properties"]["apiVersion"] = {{"type", "string"}};
    root["properties"]["kind"] = {{"type", "string"}};
    root["properties"]["metadata"] = {{"type", "object"}};
    root["properties"]["spec"] = structural_schema(document["properties"]["spec"]);
    root["properties"]["status"] = status_schema();
    return root;
}

}  // namespace

Json policy_crd() {
    const auto group = kApiVersion.substr(0, kApiVersion.find('/'));
    const auto version = kApiVersion.substr(group.size() + 1);
    Json served;
    served["name"] = version;
    served["served"] = true;
    served["storage"] = true;
    served["subresources"]["status"] = Json::object();
    served["additionalPrinterColumns"] = printer_columns();
    served["schema"]["openAPIV3Schema"] = root_schema();
    Json crd;
    crd["apiVersion"] = "apiextensions.k8s.io/v1";
    crd["kind"] = "CustomResourceDefinition";
    crd["metadata"]["name"] = std::string{"scalingpolicies."}.append(group);
    crd["spec"]["group"] = group;
    crd["spec"]["scope"] = "Namespaced";
    crd["spec"]["names"] = {{"kind", kPolicyKind}, {"listKind", std::string{kPolicyKind} + "List"}, {"plural", "scalingpolicies"},
                            {"singular", "scalingpolicy"}, {"shortNames", Json::array({"sp"})}};
    crd["spec"]["versions"] = Json::array({std::move(served)});
    return crd;
}

}  // namespace setpoint
