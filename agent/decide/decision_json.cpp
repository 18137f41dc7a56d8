// SPDX-License-Identifier: Apache-2.0
#include "agent/decide/decision_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace setpoint {

using Json = nlohmann::ordered_json;

Json json_number(double value) {
    if (!std::isfinite(value)) return nullptr;
    if (value == std::floor(value) && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
    return value;
}

std::string_view name_of(SignalState state) {
    static constexpr std::string_view names[] = {"fresh", "idle", "stale", "missing"};
    return names[static_cast<std::size_t>(state)];
}

std::string_view name_of(Health health) {
    static constexpr std::string_view names[] = {"active", "holding", "degraded", "suspended"};
    return names[static_cast<std::size_t>(health)];
}

namespace {

std::string_view name_of(ProposalKind kind) {
    static constexpr std::string_view names[] = {"wish", "floor", "bounds", "hold", "none"};
    return names[static_cast<std::size_t>(kind)];
}

Json seen_json(const Seen& seen, const std::vector<std::string>& signals) {
    const bool valued = seen.state == SignalState::fresh || seen.state == SignalState::stale;
    Json json{{"name", signals.at(index(seen.signal))}, {"state", name_of(seen.state)}};
    json["value"] = valued ? json_number(seen.value) : Json{};
    json["age"] = valued ? json_number(seconds(seen.age)) : Json{};
    json["meanReady"] = valued ? json_number(seen.mean_ready) : Json{};
    return json;
}

Json proposal_json(const Proposal& proposal, const PolicyEntry& policy, const std::vector<std::string>& signals) {
    Json json{{"name", policy.name}, {"kind", kind_of(policy.settings)}, {"type", name_of(proposal.kind)}};
    if (proposal.kind == ProposalKind::wish || proposal.kind == ProposalKind::floor) {
        json["replicas"] = json_number(proposal.replicas);
    } else if (proposal.kind == ProposalKind::bounds) {
        json["min"] = proposal.bounds.min;
        json["max"] = proposal.bounds.max;
    }
    json["reason"] = sentence(proposal.reason, signals);
    json["code"] = to_string(proposal.reason.code);
    Json terms = Json::object();
    for (const auto& entry : proposal.terms.entries()) terms[std::string{to_string(entry.term)}] = json_number(entry.value);
    json["terms"] = std::move(terms);
    return json;
}

}  // namespace

Json decision_json(const Decision& decision, const ScalingSpec& spec) {
    std::vector<std::string> signals;
    signals.reserve(spec.signals.size());
    for (const auto& signal : spec.signals) signals.push_back(signal.name);
    const auto size = [&](Replicas replicas) { return is_known(decision) ? Json(replicas) : Json{}; };
    Json json{{"time", unix_seconds(decision.time)},
              {"replicas", size(decision.replicas)},
              {"reason", sentence(decision.reason, signals)},
              {"code", to_string(decision.reason.code)},
              {"current", size(decision.current)},
              {"ready", size(decision.ready)},
              {"wanted", size(decision.wanted)},
              {"apply", decision.apply},
              {"health", name_of(decision.health)}};
    if (decision.warning) json["warning"] = sentence(*decision.warning, signals);
    json["signals"] = Json::array();
    for (const auto& seen : decision.seen) json["signals"].push_back(seen_json(seen, signals));
    json["proposals"] = Json::array();
    for (std::size_t i = 0; i < decision.proposals.size(); ++i) {
        json["proposals"].push_back(proposal_json(decision.proposals[i], spec.policies.at(i), signals));
    }
    json["limits"] = Json::array();
    for (const auto& limit : decision.limits) {
        json["limits"].push_back({{"from", limit.from},
                                  {"to", limit.to},
                                  {"reason", sentence(limit.reason, signals)},
                                  {"code", to_string(limit.reason.code)}});
    }
    return json;
}

}  // namespace setpoint
