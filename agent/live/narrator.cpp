// SPDX-License-Identifier: Apache-2.0
#include "agent/live/narrator.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <variant>

namespace setpoint {

std::string why(const Decision& decision, std::span<const std::string> signals) {
    std::string text;
    const auto add = [&](const Reason& reason) {
        if (!text.empty()) text += "; ";
        text += sentence(reason, signals);
    };
    if (decision.limits.empty()) {
        add(decision.reason);
        return text;
    }
    const Proposal* first = nullptr;  // the wish that the limits worked on
    for (const auto& proposal : decision.proposals) {
        if (proposal.kind != ProposalKind::wish && proposal.kind != ProposalKind::floor) continue;
        if (first == nullptr || proposal.replicas > first->replicas) first = &proposal;
    }
    if (first != nullptr) add(first->reason);
    for (const auto& limit : decision.limits) {
        if (limit.reason.code != Code::none) add(limit.reason);
    }
    return text;
}

Narrator::Narrator(const Reducer& control, spdlog::logger& log) : control_(control), log_(log) {}

void Narrator::tell(const Event& event, const Decision* decision) {
    targets_.resize(control_.targets());
    if (decision != nullptr) decided(*decision);
    if (const auto* result = std::get_if<ApplyResult>(&event.body)) {
        if (index(result->target) < targets_.size()) applied(*result);
    }
}

void Narrator::decided(const Decision& decision) {
    auto& target = targets_[index(decision.target)];
    watch_health(target, decision);
    watch_shadow(target, decision);
    for (const auto& limit : decision.limits) {
        if (limit.reason.code != Code::foreign_write) continue;
        log_.info("{}: {}", name(decision.target), sentence(limit.reason, control_.signal_names(decision.target)));
    }
    if (decision.apply) {
        target.reason = why(decision, control_.signal_names(decision.target));
        target.from = decision.current;
    }
}

void Narrator::watch_health(Target& target, const Decision& decision) {
    const bool holds = decision.health == Health::holding || decision.health == Health::degraded;
    if (!holds) {
        target.holding_since.reset();
        if (target.in_trouble) log_.info("{}: decides again, at {} replicas", name(decision.target), decision.current);
        target.in_trouble = false;
        return;
    }
    if (!target.holding_since) target.holding_since = decision.time;
    const bool lasting = decision.time - *target.holding_since >= kTroubleAfter;
    if (target.in_trouble || !(lasting || decision.health == Health::degraded)) return;
    target.in_trouble = true;
    log_.warn("{}: keeps its {} replicas: {}", name(decision.target), decision.current,
              why(decision, control_.signal_names(decision.target)));
}

void Narrator::watch_shadow(Target& target, const Decision& decision) {
    if (control_.spec(decision.target).mode != Mode::shadow) return;
    if (target.shown == decision.replicas) return;
    target.shown = decision.replicas;
    if (decision.replicas == decision.current) return;
    log_.info("{} would be scaled from {} to {}: {}", name(decision.target), decision.current, decision.replicas,
              why(decision, control_.signal_names(decision.target)));
}

void Narrator::applied(const ApplyResult& result) {
    auto& target = targets_[index(result.target)];
    if (result.outcome != ApplyOutcome::applied) {
        if (target.failure == result.message) return;
        target.failure = result.message;
        log_.warn("{} could not be scaled from {} to {}, it has {}: {}", name(result.target), target.from, result.wanted,
                  result.replicas, result.message);
        return;
    }
    target.failure.clear();
    if (result.replicas == target.from) return;
    log_.info("{} scaled from {} to {}: {}", name(result.target), target.from, result.replicas, target.reason);
}

}  // namespace setpoint
