// SPDX-License-Identifier: Apache-2.0
#include "agent/import/adoption.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "agent/import/hpa.hpp"
#include "clients/managed_fields.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kScaledObjectKind = "ScaledObject";

// Who writes a size as an autoscaler or a person does, once: no manifest brings it back.
constexpr std::array<std::string_view, 7> kNoManifest{"setpoint", "kube-controller-manager", "keda", "keda-operator", "kubectl-edit", "kubectl-scale", "kubectl-patch"};

Json parsed(std::string_view text) { return Json::parse(text, nullptr, false); }

/// What stands at `path`, or null.
const Json& at(const Json& json, std::initializer_list<const char*> path) {
    static const Json nothing;
    const Json* part = &json;
    for (const char* key : path) {
        if (!part->is_object()) return nothing;
        const auto found = part->find(key);
        if (found == part->end()) return nothing;
        part = &*found;
    }
    return *part;
}

std::string text_at(const Json& json, std::initializer_list<const char*> path) {
    const auto& part = at(json, path);
    return part.is_string() ? part.get<std::string>() : std::string{};
}

bool is_autoscaler(std::string_view kind) { return kind == kHpaKind || kind == kScaledObjectKind; }

std::string resource_of(std::string_view kind) {
    std::string lower{kind};
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

/// The field by which the size of a target of this kind is set.
std::string_view field_of(std::string_view kind) {
    if (kind == kHpaKind) return "minReplicas";
    if (kind == kScaledObjectKind) return "minReplicaCount";
    return "replicas";
}

/// One word of a shell.
std::string word(std::string_view text) {
    const bool plain = std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '/';
    });
    if (plain && !text.empty()) return std::string{text};
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string{"'\\''"} : std::string{c};
    return quoted + "'";
}

std::string kubectl(const Adoption& adoption, const std::string& words) { return "kubectl -n " + word(adoption.ns) + " " + words; }

Step set_policy(const Adoption& adoption, std::string why, std::string_view mode, std::string_view api_version, std::string_view kind, std::string_view target) {
    Json kubernetes{{"kind", kind}, {"name", target}};
    // A merge patch keeps what it does not name.
    kubernetes["apiVersion"] = api_version.empty() ? Json{} : Json(api_version);
    const Json patch{{"spec", {{"mode", mode}, {"target", {{"kubernetes", kubernetes}}}}}};
    return {std::move(why), kubectl(adoption, "patch sp " + word(adoption.name) + " --type merge -p " + word(patch.dump()))};
}

Step set_mode(const Adoption& adoption, std::string why, std::string_view mode) {
    const Json patch{{"spec", {{"mode", mode}}}};
    return {std::move(why), kubectl(adoption, "patch sp " + word(adoption.name) + " --type merge -p " + word(patch.dump()))};
}

std::string kept_in(const Adoption::Autoscaler& other) { return other.name + "." + resource_of(other.kind) + ".yaml"; }

std::string advice(const Adoption& adoption, const FieldWriter& hand, std::string_view kind, std::string_view name) {
    const auto field = field_of(kind);
    const auto object = resource_of(kind) + "/" + std::string{name};
    const auto last = hand.time ? format_time(*hand.time) : "at a time unknown";
    if (hand.manager == "kubectl-client-side-apply") {
        return fmt::format("`kubectl apply` (last: {}) sets {} of {}, and would set it again. Take the line out of what was applied last ({}), and then out of the "
                           "manifest: the other way round the next apply sets 1",
                           last, field, object, kubectl(adoption, "apply edit-last-applied " + word(object)));
    }
    if (hand.applies) {
        return fmt::format("'{}' applies {} of {} (last: {}), and will again. Take the line out of what it applies once setpoint has set a size: before, "
                           "nobody would own the field, and it would fall to 1",
                           hand.manager, field, object, last);
    }
    return fmt::format("'{}' set {} of {} (last: {}). If it comes back (helm upgrade, a pipeline), take the line out of what it writes. Where that makes it fall to 1 "
                       "once, `yield: {{ toDecrease: 0s }}` in the policy lets setpoint put it back at once",
                       hand.manager, field, object, last);
}

Result<Way> to_shadow(const Adoption& adoption, Way way) {
    if (adoption.stage == Stage::floor) {
        way.steps.push_back(set_policy(adoption, "it goes on deciding, of what the autoscaler scales, and writes nothing", "shadow", adoption.other->api_version,
                                       adoption.other->target_kind, adoption.other->target));
        way.steps.push_back({fmt::format("{} stays as setpoint set it last: set it to what it was", field_of(adoption.other->kind)),
                             kubectl(adoption, "edit " + resource_of(adoption.other->kind) + " " + word(adoption.other->name))});
        return way;
    }
    way.steps.push_back(set_mode(adoption, "it goes on deciding and writes nothing; the size stays", "shadow"));
    if (!adoption.other) way.steps.push_back({"the autoscaler that was kept when the policy took over", kubectl(adoption, "apply -f FILE")});
    way.afterwards = "Until an autoscaler is back nobody changes the size.";
    return way;
}

Result<Way> to_floor(const Adoption& adoption, Way way) {
    if (!adoption.other) {
        return fail(Errc::refused, fmt::format("there is no autoscaler of {} {} whose minimum could be moved", adoption.target_kind, adoption.target));
    }
    const auto& other = *adoption.other;
    way.steps.push_back({"the way back", kubectl(adoption, "get " + resource_of(other.kind) + " " + word(other.name) + " -o yaml > " + word(kept_in(other)))});
    way.steps.push_back(set_policy(adoption, fmt::format("from here on it moves {} of the {}, within the policy's bounds", field_of(other.kind), other.kind), "live", {},
                                   other.kind, other.name));
    way.afterwards = fmt::format("The {} goes on scaling by its own metrics above that minimum, also when setpoint is away.", other.kind);
    return way;
}

Result<Way> to_full(const Adoption& adoption, Way way) {
    if (!adoption.other) {
        way.steps.push_back(set_mode(adoption, "from here on it sets the size", "live"));
        return way;
    }
    const auto& other = *adoption.other;
    way.steps.push_back({"the way back", kubectl(adoption, "get " + resource_of(other.kind) + " " + word(other.name) + " -o yaml > " + word(kept_in(other)))});
    way.steps.push_back(set_policy(adoption, fmt::format("it may write; while the {} is there it does not, and says so by the condition Conflict", other.kind), "live",
                                   other.api_version, other.target_kind, other.target));
    if (other.kind == kScaledObjectKind) {
        way.steps.push_back({"KEDA keeps the size when its object goes, unless it says restoreToOriginalReplicaCount",
                             kubectl(adoption, "get scaledobject " + word(other.name) + " -o jsonpath='{.spec.advanced.restoreToOriginalReplicaCount}'")});
    }
    way.steps.push_back({"from here on setpoint sets the size, beginning with the one that is there", kubectl(adoption, "delete " + resource_of(other.kind) + " " + word(other.name))});
    way.afterwards = "Look at it: " + kubectl(adoption, "get sp " + word(adoption.name));
    return way;
}

}  // namespace

std::string_view name_of(Stage stage) {
    switch (stage) {
        case Stage::shadow: return "shadow";
        case Stage::floor: return "floor";
        case Stage::full: return "full";
    }
    return "shadow";
}

Result<Adoption> read_adoption(std::string_view policy) {
    const auto json = parsed(policy);
    if (text_at(json, {"kind"}) != "ScalingPolicy") return fail(Errc::bad_reply, "that is no ScalingPolicy");
    Adoption adoption;
    adoption.ns = text_at(json, {"metadata", "namespace"});
    adoption.name = text_at(json, {"metadata", "name"});
    adoption.target_kind = text_at(json, {"spec", "target", "kubernetes", "kind"});
    adoption.target = text_at(json, {"spec", "target", "kubernetes", "name"});
    adoption.api_version = text_at(json, {"spec", "target", "kubernetes", "apiVersion"});
    if (adoption.target.empty()) return fail(Errc::bad_config, "the policy has no target in the cluster");
    if (adoption.target_kind.empty()) adoption.target_kind = "Deployment";
    const auto mode = text_at(json, {"spec", "mode"});
    const bool live = mode.empty() || mode == "live";
    if (live) adoption.stage = is_autoscaler(adoption.target_kind) ? Stage::floor : Stage::full;
    for (const auto& condition : at(json, {"status", "conditions"})) {
        if (text_at(condition, {"type"}) == "Ready" && text_at(condition, {"status"}) != "True") adoption.not_ready = text_at(condition, {"message"});
    }
    if (!at(json, {"status", "conditions"}).is_array()) adoption.not_ready = "no agent has said anything of it yet";
    return adoption;
}

Result<> add_autoscalers(Adoption& adoption, std::string_view kind, std::string_view list) {
    const auto json = parsed(list);
    if (!at(json, {"items"}).is_array()) return fail(Errc::bad_reply, fmt::format("that is no list of {}s", kind));
    for (const auto& item : at(json, {"items"})) {
        Adoption::Autoscaler other{std::string{kind}, text_at(item, {"metadata", "name"}), text_at(item, {"spec", "scaleTargetRef", "kind"}),
                                   text_at(item, {"spec", "scaleTargetRef", "name"}), text_at(item, {"spec", "scaleTargetRef", "apiVersion"})};
        if (other.target_kind.empty()) other.target_kind = "Deployment";
        const bool is_target = adoption.target_kind == kind && adoption.target == other.name;
        const bool has_target = adoption.target_kind == other.target_kind && adoption.target == other.target;
        // An HPA that KEDA made goes with its ScaledObject.
        const bool kept_by_keda = kind == kHpaKind && !text_at(item, {"metadata", "labels", "scaledobject.keda.sh/name"}).empty();
        if ((is_target || has_target) && !kept_by_keda && !adoption.other) adoption.other = std::move(other);
    }
    return {};
}

Result<> add_hands(Adoption& adoption, std::string_view object) {
    const auto json = parsed(object);
    if (!at(json, {"metadata"}).is_object()) return fail(Errc::bad_reply, "that is no object");
    const std::string field = "f:" + std::string{field_of(text_at(json, {"kind"}))};
    for (auto& writer : writers_of(json, {"f:spec", field})) {
        if (std::ranges::find(kNoManifest, writer.manager) == kNoManifest.end()) adoption.hands.push_back(std::move(writer));
    }
    return {};
}

Scaled scaled_by(const Adoption& adoption) {
    if (is_autoscaler(adoption.target_kind) && adoption.other) return {adoption.other->target_kind, adoption.other->target, adoption.other->api_version};
    return {adoption.target_kind, adoption.target, adoption.api_version};
}

Result<Way> way_to(const Adoption& adoption, Stage to) {
    if (adoption.stage == to) return fail(Errc::refused, fmt::format("{}/{} is there already: {}", adoption.ns, adoption.name, name_of(to)));
    Way way;
    if (to != Stage::shadow) {
        if (!adoption.not_ready.empty()) way.first.push_back("the policy is not ready: " + adoption.not_ready);
        const bool by_floor = to == Stage::floor && adoption.other.has_value();
        const auto scaled = scaled_by(adoption);
        for (const auto& hand : adoption.hands) {
            way.first.push_back(by_floor ? advice(adoption, hand, adoption.other->kind, adoption.other->name) : advice(adoption, hand, scaled.kind, scaled.name));
        }
    }
    switch (to) {
        case Stage::shadow: return to_shadow(adoption, std::move(way));
        case Stage::floor: return to_floor(adoption, std::move(way));
        case Stage::full: return to_full(adoption, std::move(way));
    }
    return way;
}

}  // namespace setpoint
