// SPDX-License-Identifier: Apache-2.0
#include "agent/live/policy_status.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <variant>

#include "core/units.hpp"
#include "policies/reason.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;
using enum PolicyCondition::Status;

constexpr const char* kNotYet = "nothing was decided yet";

bool is_known(const Picture* picture) { return picture != nullptr && picture->last && picture->last->reason.code != Code::target_unknown; }

std::string sentence_of(const Picture& picture, const Reason& reason) { return sentence(reason, picture.signal_names); }

const Obstacle* obstacle_of(const Picture* picture, Obstacle::Kind kind) {
    const bool is = picture != nullptr && picture->obstacle && picture->obstacle->kind == kind;
    return is ? &*picture->obstacle : nullptr;
}

using Verdict = ClusterPolicies::Verdict;
using Trouble = Verdict::Trouble;

std::string_view trouble_word(Trouble trouble) {
    switch (trouble) {
        case Trouble::none: return {};
        case Trouble::invalid: return "InvalidPolicy";
        case Trouble::taken: return "TargetTaken";
        case Trouble::over_budget: return "BudgetExceeded";
        case Trouble::not_adopted: return "NotAdopted";
    }
    return "InvalidPolicy";
}

PolicyCondition ready(const Verdict& verdict, const StatusSources& seen) {
    const auto* picture = seen.picture;
    if (verdict.trouble != Trouble::none) {
        return {"Ready", no, trouble_word(verdict.trouble), verdict.wrong + (verdict.in_force() ? "; the policy before this change is in force" : "")};
    }
    if (!seen.annotation.empty()) return {"Ready", no, "InvalidAnnotation", seen.annotation + "; nothing is changed by it"};
    if (const auto* obstacle = obstacle_of(picture, Obstacle::Kind::unseen)) return {"Ready", no, "FailedGetScale", obstacle->with_cure()};
    if (picture == nullptr || !picture->last) return {"Ready", unknown, "Starting", "the first decision is yet to come"};
    if (!is_known(picture)) return {"Ready", no, "FailedGetScale", "the target's size has not been seen: does " + verdict.good->target + " exist?"};
    if (!picture->failure.empty()) return {"Ready", no, "FailedUpdateScale", picture->failure};
    return {"Ready", yes, "SucceededGetScale", "the policy is understood and its target is there"};
}

/// As HPA calls it, by the source of the signal that is missing.
std::string_view failure_word(const Verdict& verdict, SignalId signal) {
    if (!verdict.good) return "FailedGetMetrics";
    for (const auto& metric : verdict.good->metrics) {
        if (metric.signal != signal) continue;
        if (std::holds_alternative<PodMetricSource>(metric.source)) return "FailedGetPodsMetric";
        if (std::holds_alternative<ObjectMetricSource>(metric.source)) return "FailedGetObjectMetric";
        if (std::holds_alternative<ExternalMetricSource>(metric.source)) return "FailedGetExternalMetric";
        return "FailedGetResourceMetric";
    }
    return "FailedGetMetrics";
}

/// Why metrics come another way than was asked for.
PolicyCondition with_detour(PolicyCondition condition, const std::string& detour) {
    if (detour.empty()) return condition;
    condition.message += "; pods' metrics are asked of metrics.k8s.io: " + detour;
    if (condition.status == yes) condition.reason = "MetricsDetour";
    return condition;
}

PolicyCondition active(const Verdict& verdict, const StatusSources& seen) {
    const auto* picture = seen.picture;
    if (!is_known(picture)) return {"Active", unknown, "Starting", kNotYet};
    const auto& last = *picture->last;
    auto why = sentence_of(*picture, last.reason);
    switch (last.health) {
        case Health::active: return with_detour({"Active", yes, "ValidMetricFound", "its signals say what to do"}, picture->detour);
        case Health::suspended:
            if (seen.hand) why += ": " + seen.hand->reason;
            return {"Active", no, "ScalingDisabled", why};
        case Health::holding:
        case Health::degraded: return with_detour({"Active", no, failure_word(verdict, last.reason.signal), why}, picture->detour);
    }
    return {"Active", unknown, "Starting", kNotYet};
}

std::string_view limit_word(Code code) {
    switch (code) {
        case Code::at_min: return "TooFewReplicas";
        case Code::at_max: return "TooManyReplicas";
        case Code::rate_up: return "ScaleUpLimit";
        case Code::rate_down: return "ScaleDownLimit";
        case Code::stabilized_up: return "ScaleUpStabilized";
        case Code::stabilized_down: return "ScaleDownStabilized";
        case Code::budget_share:
        case Code::budget_taken: return "BudgetLimited";
        case Code::starts_limited: return "StartsLimited";
        case Code::shrink_limited: return "ShrinkLimited";
        case Code::rolling_out: return "RolloutUnderWay";
        default: return {};
    }
}

PolicyCondition limited(const Picture* picture) {
    if (!is_known(picture)) return {"Limited", unknown, "Starting", kNotYet};
    for (const auto& limit : picture->last->limits) {
        const auto word = limit_word(limit.reason.code);
        if (!word.empty()) return {"Limited", yes, word, sentence_of(*picture, limit.reason)};
    }
    return {"Limited", no, "DesiredWithinRange", "the size is the one wished"};
}

bool yields(const Limit& limit) {
    const auto code = limit.reason.code;
    return code == Code::yields_to_increase || code == Code::yields_to_decrease || code == Code::settling;
}

PolicyCondition conflict(const Verdict& verdict, const Picture* picture) {
    if (verdict.trouble == Trouble::taken) return {"Conflict", yes, "TargetTaken", verdict.wrong};
    if (const auto* other = obstacle_of(picture, Obstacle::Kind::scaled_by_another)) {
        if (verdict.good && verdict.good->spec.mode == Mode::live) return {"Conflict", yes, "ScaledByAutoscaler", other->with_cure()};
        return {"Conflict", no, "NotWritten", other->text + "; this policy writes nothing"};
    }
    if (const auto* blind = obstacle_of(picture, Obstacle::Kind::others_unseen)) return {"Conflict", unknown, "FailedGetAutoscalers", blind->with_cure()};
    if (!is_known(picture)) return {"Conflict", unknown, "Starting", kNotYet};
    for (const auto& limit : picture->last->limits) {
        if (yields(limit)) return {"Conflict", yes, "ForeignWrite", sentence_of(*picture, limit.reason)};
    }
    return {"Conflict", no, "NoConflict", "nobody else sizes its target"};
}

PolicyCondition degraded(const Picture* picture) {
    if (!is_known(picture)) return {"Degraded", unknown, "Starting", kNotYet};
    if (picture->last->health == Health::degraded) return {"Degraded", yes, "HeldTooLong", sentence_of(*picture, picture->last->reason)};
    return {"Degraded", no, "WithinHoldFor", "nothing was missing for longer than holdFor"};
}

PolicyCondition drainable(const Picture* picture) {
    if (!is_known(picture)) return {"Drainable", unknown, "Starting", kNotYet};
    const auto& warning = picture->last->warning;
    if (warning && warning->code == Code::budgets_unknown) return {"Drainable", unknown, "FailedGetBudgets", sentence_of(*picture, *warning)};
    if (warning) return {"Drainable", no, "MinAtDisruptionBudget", sentence_of(*picture, *warning)};
    return {"Drainable", yes, "BudgetsLeaveRoom", "no PodDisruptionBudget stands against its least size"};
}

std::string_view suspended_word(const StatusSources& seen) {
    if (seen.spec->mode == Mode::off) return "Off";
    if (!seen.hand) return "Suspended";
    return seen.hand->kind == OverrideSet::Kind::pin ? "Pinned" : "Paused";
}

/// What `kubectl get sp` says first.
std::string_view state_of(const Verdict& verdict, const StatusSources& seen, const PolicyStatus& status) {
    if (!verdict.in_force()) return verdict.trouble == Trouble::taken ? "Conflict" : "Invalid";
    if (seen.picture == nullptr || !seen.picture->last) return "Starting";
    if (!is_known(seen.picture)) return "NoTarget";
    const auto& last = *seen.picture->last;
    if (last.health == Health::suspended) return suspended_word(seen);
    if (!seen.picture->failure.empty()) return "Failing";
    if (last.health == Health::degraded) return "Degraded";
    if (last.health == Health::holding) return "Holding";
    if (seen.spec->mode == Mode::shadow) return "Shadow";
    if (status.condition("Conflict").reason == "ScaledByAutoscaler") return "Conflict";
    if (status.condition("Conflict").status == yes) return "Yielding";
    if (status.current != status.desired) return "Scaling";
    return status.condition("Limited").status == yes ? "Limited" : "Steady";
}

std::string stamp(WallTime time) { return format_time(std::chrono::floor<std::chrono::seconds>(time)); }

std::string_view name_of(OverrideSet::Kind kind) {
    if (kind == OverrideSet::Kind::pin) return "pin";
    return kind == OverrideSet::Kind::pause_down ? "pauseDown" : "pause";
}

Json override_json(const ShownOverride& hand) {
    Json json{{"kind", name_of(hand.kind)}};
    if (hand.kind == OverrideSet::Kind::pin) json["replicas"] = hand.replicas;
    json["until"] = stamp(hand.until);
    json["reason"] = hand.reason;
    json["by"] = hand.declared ? "annotation" : "order";
    return json;
}

Json conditions_json(const PolicyStatus& status) {
    Json conditions = Json::array();
    for (const auto& condition : status.conditions) {
        conditions.push_back({{"type", condition.type},
                              {"status", name_of(condition.status)},
                              {"reason", condition.reason},
                              {"message", condition.message},
                              {"lastTransitionTime", stamp(condition.since)},
                              {"observedGeneration", status.generation}});
    }
    return conditions;
}

}  // namespace

std::string_view name_of(PolicyCondition::Status status) {
    switch (status) {
        case yes: return "True";
        case no: return "False";
        case unknown: return "Unknown";
    }
    return "Unknown";
}

bool is_same_moment(WallTime a, WallTime b) { return std::chrono::abs(a - b) < std::chrono::seconds{2}; }

bool operator==(const ShownOverride& a, const ShownOverride& b) {
    return a.kind == b.kind && a.replicas == b.replicas && a.reason == b.reason && a.declared == b.declared && is_same_moment(a.until, b.until);
}

bool PolicyStatus::says_the_same(const PolicyStatus& other) const {
    const auto same = [](const PolicyCondition& a, const PolicyCondition& b) { return a.status == b.status && a.reason == b.reason; };
    const bool same_scale = last_scale && other.last_scale ? is_same_moment(*last_scale, *other.last_scale) : last_scale == other.last_scale;
    return std::ranges::equal(conditions, other.conditions, same) && state == other.state && generation == other.generation &&
           current == other.current && desired == other.desired && same_scale && hand == other.hand;
}

const PolicyCondition& PolicyStatus::condition(std::string_view type) const {
    return *std::ranges::find(conditions, type, &PolicyCondition::type);
}

PolicyStatus status_of(const ClusterPolicies::Verdict& verdict, const StatusSources& seen) {
    const auto* picture = seen.picture;
    PolicyStatus status;
    status.conditions = {ready(verdict, seen), active(verdict, seen), limited(picture), conflict(verdict, picture), degraded(picture), drainable(picture)};
    status.generation = verdict.object.generation;
    status.hand = seen.hand;
    status.last_scale = picture != nullptr && picture->scaled ? std::optional{seen.civil(*picture->scaled)} : seen.last_scale;
    if (is_known(picture)) {
        status.current = picture->size;
        status.desired = picture->last->replicas;
        status.last_decision = sentence_of(*picture, picture->last->reason);
        if (seen.hand && picture->last->health == Health::suspended) status.last_decision += ": " + seen.hand->reason;
    } else {
        status.last_decision = status.conditions.front().message;  // why nothing was decided
    }
    status.state = state_of(verdict, seen, status);
    return status;
}

std::string status_patch(const PolicyStatus& status, const StatusLuggage& luggage) {
    Json json{{"observedGeneration", status.generation}, {"state", status.state}, {"conditions", conditions_json(status)}};
    if (status.current) json["currentReplicas"] = *status.current;
    if (status.desired) json["desiredReplicas"] = *status.desired;
    if (!status.last_decision.empty()) json["lastDecision"] = status.last_decision;
    if (status.last_scale) json["lastScaleTime"] = stamp(*status.last_scale);
    if (status.hand) json["override"] = override_json(*status.hand);
    if (!luggage.effective.empty()) json["effective"] = Json::parse(luggage.effective);
    if (!luggage.learnt.empty()) json["learnt"] = Json::parse(luggage.learnt);
    if (!luggage.agreement.empty()) json["agreement"] = Json::parse(luggage.agreement);
    if (!luggage.resumed.empty()) json["resumed"] = luggage.resumed;
    if (!luggage.checkpoint.empty()) json["checkpoint"] = luggage.checkpoint;
    Json patch = Json::array({{{"op", "add"}, {"path", "/status"}, {"value", std::move(json)}}});
    return patch.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace setpoint
