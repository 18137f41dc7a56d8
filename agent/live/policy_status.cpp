// SPDX-License-Identifier: Apache-2.0
#include "agent/live/policy_status.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/units.hpp"
#include "policies/reason.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;
using enum PolicyCondition::Status;

std::string_view name_of(Mode mode) {
    switch (mode) {
        case Mode::live: return "live";
        case Mode::shadow: return "shadow";
        case Mode::off: return "off";
    }
    return "off";
}

std::string_view name_of(PolicyCondition::Status status) {
    switch (status) {
        case yes: return "True";
        case no: return "False";
        case unknown: return "Unknown";
    }
    return "Unknown";
}

constexpr const char* kNotYet = "nothing was decided yet";

bool is_known(const Picture* picture) { return picture != nullptr && picture->last && picture->last->reason.code != Code::target_unknown; }

std::string sentence_of(const Picture& picture, const Reason& reason) { return sentence(reason, picture.signal_names); }

PolicyCondition ready(const ClusterPolicies::Verdict& verdict, const Picture* picture) {
    if (verdict.taken) return {"Ready", no, "TargetTaken", verdict.wrong};
    if (!verdict.wrong.empty() && verdict.in_force()) return {"Ready", no, "InvalidPolicy", verdict.wrong + "; the policy before this change is in force"};
    if (!verdict.wrong.empty()) return {"Ready", no, "InvalidPolicy", verdict.wrong};
    if (picture == nullptr || !picture->last) return {"Ready", unknown, "Starting", "the first decision is yet to come"};
    if (!is_known(picture)) return {"Ready", no, "FailedGetScale", "the target's size has not been seen: does " + verdict.good->target + " exist?"};
    if (!picture->failure.empty()) return {"Ready", no, "FailedUpdateScale", picture->failure};
    return {"Ready", yes, "SucceededGetScale", "the policy is understood and its target is there"};
}

PolicyCondition active(const Picture* picture) {
    if (!is_known(picture)) return {"Active", unknown, "Starting", kNotYet};
    const auto& last = *picture->last;
    const auto why = sentence_of(*picture, last.reason);
    switch (last.health) {
        case Health::active: return {"Active", yes, "ValidMetricFound", "its signals say what to do"};
        case Health::suspended: return {"Active", no, "ScalingDisabled", why};
        case Health::holding:
        case Health::degraded: return {"Active", no, "FailedGetMetrics", why};
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

PolicyCondition conflict(const ClusterPolicies::Verdict& verdict, const Picture* picture) {
    if (verdict.taken) return {"Conflict", yes, "TargetTaken", verdict.wrong};
    if (!is_known(picture)) return {"Conflict", unknown, "Starting", kNotYet};
    for (const auto& limit : picture->last->limits) {
        const auto code = limit.reason.code;
        if (code == Code::yields_to_increase || code == Code::yields_to_decrease || code == Code::settling) {
            return {"Conflict", yes, "ForeignWrite", sentence_of(*picture, limit.reason)};
        }
    }
    return {"Conflict", no, "NoConflict", "nobody else sizes its target"};
}

PolicyCondition degraded(const Picture* picture) {
    if (!is_known(picture)) return {"Degraded", unknown, "Starting", kNotYet};
    if (picture->last->health == Health::degraded) return {"Degraded", yes, "HeldTooLong", sentence_of(*picture, picture->last->reason)};
    return {"Degraded", no, "WithinHoldFor", "nothing was missing for longer than holdFor"};
}

std::string stamp(WallTime time) { return format_time(std::chrono::floor<std::chrono::seconds>(time)); }

}  // namespace

bool PolicyStatus::says_the_same(const PolicyStatus& other) const {
    const auto same = [](const PolicyCondition& a, const PolicyCondition& b) { return a.status == b.status && a.reason == b.reason; };
    return std::ranges::equal(conditions, other.conditions, same) && generation == other.generation && current == other.current &&
           desired == other.desired && last_scale == other.last_scale && mode == other.mode && bounds.min == other.bounds.min &&
           bounds.max == other.bounds.max;
}

PolicyStatus status_of(const ClusterPolicies::Verdict& verdict, const ScalingSpec* spec, const Picture* picture,
                       const std::function<WallTime(Time)>& civil) {
    PolicyStatus status;
    status.conditions = {ready(verdict, picture), active(picture), limited(picture), conflict(verdict, picture), degraded(picture)};
    status.generation = verdict.object.generation;
    if (spec != nullptr) {
        status.mode = spec->mode;
        status.bounds = spec->replicas;
    }
    if (!is_known(picture)) {
        status.last_decision = status.conditions.front().message;  // why nothing was decided
        return status;
    }
    status.current = picture->size;
    status.desired = picture->last->replicas;
    status.last_decision = sentence_of(*picture, picture->last->reason);
    if (picture->change) status.last_scale = civil(picture->change->time);
    return status;
}

std::string status_patch(const PolicyStatus& status, const ConditionTimes& since) {
    Json conditions = Json::array();
    for (std::size_t i = 0; i < status.conditions.size(); ++i) {
        const auto& condition = status.conditions[i];
        conditions.push_back({{"type", condition.type},
                              {"status", name_of(condition.status)},
                              {"reason", condition.reason},
                              {"message", condition.message},
                              {"lastTransitionTime", stamp(since[i])},
                              {"observedGeneration", status.generation}});
    }
    Json json{{"observedGeneration", status.generation}, {"conditions", std::move(conditions)}};
    if (status.current) json["currentReplicas"] = *status.current;
    if (status.desired) json["desiredReplicas"] = *status.desired;
    if (!status.last_decision.empty()) json["lastDecision"] = status.last_decision;
    if (status.last_scale) json["lastScaleTime"] = stamp(*status.last_scale);
    if (status.mode) json["effective"] = {{"mode", name_of(*status.mode)}, {"minReplicas", status.bounds.min}, {"maxReplicas", status.bounds.max}};
    return Json{{"status", std::move(json)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace setpoint
