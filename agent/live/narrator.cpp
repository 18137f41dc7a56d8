// SPDX-License-Identifier: Apache-2.0
#include "agent/live/narrator.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace setpoint {

namespace {

/// What an operator can do about it; empty where the reason says all.
std::string_view cure(Code code) {
    switch (code) {
        case Code::no_requests:
            return " (state a request, which of a Docker container is its limit, --cpus or --memory; or track averageValue)";
        case Code::disabled_at_zero: return " (start one replica by hand, and control goes on from there)";
        default: return "";
    }
}

std::string why_with_cure(const Decision& decision, std::span<const std::string> signals) {
    auto text = why(decision, signals);
    Code code = decision.reason.code;
    for (const auto& proposal : decision.proposals) {
        if (cure(code).empty()) code = proposal.reason.code;
    }
    return text += cure(code);
}

}  // namespace

Narrator::Narrator(const Reducer& control, spdlog::logger& log) : control_(control), log_(log) {}

void Narrator::tell(const Event& event, const Decision* decision) {
    if (std::holds_alternative<ConfigSet>(event.body)) renew();
    if (decision != nullptr) decided(*decision);
    if (const auto* order = std::get_if<OverrideSet>(&event.body)) {
        if (index(order->target) < targets_.size()) ordered(*order);
    }
    if (const auto* result = std::get_if<ApplyResult>(&event.body)) {
        if (index(result->target) < targets_.size()) applied(*result);
    }
}

void Narrator::renew() {
    const auto before = std::exchange(targets_, {});
    for (std::uint32_t i = 0; i < control_.targets(); ++i) {
        const auto called = name(TargetId{i});
        const auto same = std::ranges::find(before, called, &Target::name);
        auto& target = targets_.emplace_back(same != before.end() ? *same : Target{});
        target.name = called;
        target.introduced = target.suspended = false;
    }
}

/// A hand on a target is told at once: its next decision may be long in coming, or change nothing.
void Narrator::ordered(const OverrideSet& order) {
    if (order.kind == OverrideSet::Kind::resume) return log_.info("{}: nobody pins or pauses it any more", name(order.target));
    log_.info("{}: {}", name(order.target), hand_in_words(order));
}

void Narrator::decided(const Decision& decision) {
    auto& target = targets_[index(decision.target)];
    introduce(target, decision);
    watch_health(target, decision);
    watch_readiness(target, decision);
    watch_shadow(target, decision);
    watch_warning(target, decision);
    for (const auto& limit : decision.limits) {
        if (limit.reason.code != Code::foreign_write && limit.reason.code != Code::replicas_ended) continue;
        log_.info("{}: {}", name(decision.target), sentence(limit.reason, control_.signal_names(decision.target)));
    }
    if (decision.apply && (target.wanted != decision.replicas || target.from != decision.current)) {
        target.wanted = decision.replicas;
        target.reason = why(decision, control_.signal_names(decision.target));
        target.from = decision.current;
    }
}

/// The first decision on something valid, and every stand-still that somebody asked for.
void Narrator::introduce(Target& target, const Decision& decision) {
    const bool suspended = decision.health == Health::suspended;
    const bool holds = decision.health == Health::holding || decision.health == Health::degraded;
    const bool told = suspended ? target.suspended : target.introduced;
    if (!holds) target.suspended = suspended;
    if (holds || told) return;
    target.introduced = true;
    if (decision.apply) return;  // the change tells it
    log_.info("{}: {} replicas, {} ready: {}", name(decision.target), decision.current, decision.ready,
              why_with_cure(decision, control_.signal_names(decision.target)));
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
    const auto cause = why_with_cure(decision, control_.signal_names(decision.target));
    if (decision.reason.code == Code::target_unknown) log_.warn("{}: decides nothing: {}", name(decision.target), cause);
    else log_.warn("{}: keeps its {} replicas: {}", name(decision.target), decision.current, cause);
}

void Narrator::watch_readiness(Target& target, const Decision& decision) {
    if (decision.ready >= decision.current) {
        target.unready_since.reset();
        if (std::exchange(target.unready, false)) log_.info("{}: all {} replicas serve again", name(decision.target), decision.current);
        return;
    }
    if (!target.unready_since) target.unready_since = decision.time;
    const auto patience = std::max(kUnreadyAfter, control_.startup(decision.target).p99());
    if (target.unready || decision.time - *target.unready_since < patience) return;
    target.unready = true;
    log_.warn("{}: {} of {} replicas do not serve", name(decision.target), decision.current - decision.ready, decision.current);
}

void Narrator::watch_shadow(Target& target, const Decision& decision) {
    if (control_.spec(decision.target).mode != Mode::shadow) return;
    if (target.shown == decision.replicas) return;
    target.shown = decision.replicas;
    if (decision.replicas == decision.current) return;
    log_.info("{} would be scaled from {} to {}: {}", name(decision.target), decision.current, decision.replicas,
              why(decision, control_.signal_names(decision.target)));
}

/// That something is not known its source says.
void Narrator::watch_warning(Target& target, const Decision& decision) {
    const bool known = decision.warning && decision.warning->code != Code::budgets_unknown;
    const auto now = known ? decision.warning->code : Code::none;
    if (std::exchange(target.warning, now) == now) return;
    if (now == Code::none) log_.info("{}: nothing to be warned of any more", name(decision.target));
    else log_.warn("{}: {}", name(decision.target), sentence(*decision.warning, control_.signal_names(decision.target)));
}

void Narrator::applied(const ApplyResult& result) {
    auto& target = targets_[index(result.target)];
    target.wanted.reset();
    const bool was_unreachable = std::exchange(target.unreachable, result.outcome == ApplyOutcome::unreachable);
    if (result.outcome != ApplyOutcome::applied) {
        // The next decision names the other hand, which does not end what was refused before.
        if (result.outcome == ApplyOutcome::foreign && !target.failure.empty()) return;
        // Silence has many words, and does not end what was refused before.
        if (target.unreachable ? was_unreachable : target.failure == result.message) return;
        if (!target.unreachable) target.failure = result.message;
        log_.warn("{} could not be scaled from {} to {}, it has {}: {}", name(result.target), target.from, result.wanted,
                  result.replicas, result.message);
        return;
    }
    target.failure.clear();
    if (result.replicas == target.from) return;
    log_.info("{} scaled from {} to {}: {}", name(result.target), target.from, result.replicas, target.reason);
}

}  // namespace setpoint
