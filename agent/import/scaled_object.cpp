// SPDX-License-Identifier: Apache-2.0
#include "agent/import/scaled_object.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "agent/documents/suggestion.hpp"
#include "agent/import/behavior.hpp"
#include "agent/import/target_ref.hpp"
#include "agent/import/triggers.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kUsualCooldown = 300;
constexpr std::int64_t kUsualMax = 100;
constexpr std::chrono::seconds kSync{15};  // how often HPA asks KEDA for a value, which may fail then

/// `true` in an annotation, whose values are texts.
bool is_set(Foreign& annotations, const char* key) { return annotations.text(key).value_or("") == "true"; }

void disable(Draft& draft, const char* direction) {
    if (draft.behavior.is_null()) draft.behavior = Json::object();
    draft.behavior[direction]["selectPolicy"] = "Disabled";
}

void import_pause(Foreign& annotations, Draft& draft) {
    constexpr const char* kPausedAt = "autoscaling.keda.sh/paused-replicas";
    if (is_set(annotations, "autoscaling.keda.sh/paused")) draft.mode = Mode::off;
    if (const auto size = annotations.text(kPausedAt)) {
        draft.mode = Mode::off;
        annotations.note(kPausedAt, fmt::format("mode: off keeps the size that runs, without setting it to {}: `setpoint pin {}` does, for a while that you say", shown(*size), draft.name));
    }
    if (is_set(annotations, "autoscaling.keda.sh/paused-scale-in")) disable(draft, "scaleDown");
    if (is_set(annotations, "autoscaling.keda.sh/paused-scale-out")) disable(draft, "scaleUp");
    if (is_set(annotations, "autoscaling.keda.sh/force-activation") && draft.replicas.min == 0) {
        draft.replicas.min = 1;
        annotations.note("autoscaling.keda.sh/force-activation", "keeps the target running: replicas.min is 1 in place of 0");
    }
}

/// After `failureThreshold` failures more than the first one, HPA is told a value that makes it go to `replicas`.
void import_fallback(Foreign fallback, const Triggers& triggers, Draft& draft) {
    if (!fallback.there()) return;
    const auto failures = fallback.whole("failureThreshold", 0, 5760);
    const auto size = fallback.whole("replicas", 0, kMaxReplicas);
    const auto how = fallback.text("behavior").value_or("static");
    fallback.finish();
    if (!failures || !size) {
        const auto keys = fallback.keys();
        for (const auto* key : {"failureThreshold", "replicas"}) {
            if (std::ranges::find(keys, key) == keys.end()) fallback.wrong(key, "is missing");
        }
        return;
    }
    if (how == "currentReplicas") return;  // that is a hold
    if (how == "currentReplicasIfLower") return fallback.note("behavior", "currentReplicasIfLower has no counterpart: without a signal the size is kept");
    if (how != "static" && how != "currentReplicasIfHigher") return fallback.wrong("behavior", fmt::format("must be static, currentReplicas, currentReplicasIfHigher or currentReplicasIfLower, was {}", shown(how)));
    const auto fitting = draft.replicas.clamp(static_cast<Replicas>(*size));
    if (fitting != *size) fallback.note("replicas", fmt::format("is outside of minReplicaCount and maxReplicaCount: {} is taken, as HPA would", fitting));
    draft.on_missing = {{"replicas", fitting}, {"after", format_duration(kSync * *failures)}};
    if (how == "static") draft.on_missing["allowDown"] = true;
    if (triggers.from_outside + (triggers.by_pods ? 1 : 0) > 1) {
        fallback.note({}, "counts for each trigger in KEDA; here onMissing counts once no signal is left, and until then a failing one keeps the size from shrinking");
    }
}

/// How the target comes to zero, and back.
void import_activation(Foreign& spec, const Triggers& triggers, Draft& draft) {
    const auto cooldown = spec.whole("cooldownPeriod", 0, 604'800).value_or(kUsualCooldown);
    const auto keys = spec.keys();
    const auto given = [&](const char* key) { return std::ranges::find(keys, key) != keys.end(); };
    spec.ignore("pollingInterval");
    spec.ignore("initialCooldownPeriod");
    if (draft.replicas.min > 0) {
        for (auto& [name, signal] : draft.signals.items()) signal.erase("activation");  // says when to leave zero
        return;
    }
    if (triggers.by_calendar && (triggers.by_pods || triggers.by_threshold)) {
        for (auto& [name, signal] : draft.signals.items()) signal.erase("activation");
        spec.note("minReplicaCount", "0 with a cron trigger: activationThreshold has no counterpart beside a schedule, and with cpu or memory the target does not come below 1");
    } else if (triggers.by_pods || triggers.by_threshold) {
        draft.compat = Compat::none;
        spec.note("minReplicaCount", "0 by activation needs setpoint's own arithmetic: compat: hpa is left out, sizes above 1 may differ from HPA's by its roundings");
    }
    const auto window = draft.behavior.is_null() ? Json(kUsualCooldown)
                                                 : draft.behavior.value(Json::json_pointer{"/scaleDown/stabilizationWindowSeconds"}, Json(kUsualCooldown));
    if (window != cooldown) {
        spec.note("cooldownPeriod", fmt::format("{} s has no counterpart: the target sleeps after behavior.scaleDown.stabilizationWindowSeconds, {} s here; set that", cooldown, window.dump()));
    }
    if (given("pollingInterval")) spec.note("pollingInterval", "has no counterpart: signals are looked at every interval, 15s here");
    if (given("initialCooldownPeriod")) spec.note("initialCooldownPeriod", "has no counterpart: a new policy waits for a full window before it shrinks anything");
}

}  // namespace

Draft import_scaled_object(Foreign object) {
    Draft draft;
    auto metadata = object.part("metadata");
    name_draft(draft, metadata);
    auto spec = object.part("spec");
    if (!spec.there()) {
        object.wrong("spec", "is missing");
        return draft;
    }
    draft.target = import_target(spec, {"Deployment", {}, "apps/v1"});
    draft.replicas.min = static_cast<Replicas>(spec.whole("minReplicaCount", 0, kMaxReplicas).value_or(0));
    draft.replicas.max = static_cast<Replicas>(spec.whole("maxReplicaCount", 1, kMaxReplicas).value_or(kUsualMax));
    if (draft.replicas.min > draft.replicas.max) spec.wrong("minReplicaCount", fmt::format("must not be above maxReplicaCount, was {} above {}", draft.replicas.min, draft.replicas.max));

    auto advanced = spec.part("advanced");
    if (auto modifiers = advanced.part("scalingModifiers"); modifiers.there()) {
        modifiers.note({}, "makes one metric of several triggers, which has no counterpart, and its triggers alone would decide otherwise: write the formula as one PromQL query of a signal");
        return draft;  // without policies
    }
    auto for_hpa = advanced.part("horizontalPodAutoscalerConfig");
    import_behavior(for_hpa.part("behavior"), draft);
    for_hpa.ignore("name");
    for_hpa.finish();
    if (advanced.flag("restoreToOriginalReplicaCount").value_or(false)) {
        advanced.note("restoreToOriginalReplicaCount", "has no counterpart: when a policy goes, the size stays as it is");
    }
    advanced.finish();

    const auto triggers = import_triggers(spec.list("triggers"), draft);
    auto annotations = metadata.part("annotations");
    import_pause(annotations, draft);
    if (const auto idle = spec.whole("idleReplicaCount", 0, kMaxReplicas); idle && *idle < draft.replicas.min) {
        spec.note("idleReplicaCount", fmt::format("has no counterpart: the target keeps replicas.min ({}) while idle; with min: 0 it sleeps, and wakes with 1", draft.replicas.min));
    }
    import_activation(spec, triggers, draft);
    import_fallback(spec.part("fallback"), triggers, draft);
    spec.finish();
    return draft;
}

}  // namespace setpoint
