// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/score.hpp"

#include <algorithm>

namespace setpoint {

void SizeScore::add(Replicas size, Duration held) {
    min = hours > 0 ? std::min(min, size) : size;
    max = hours > 0 ? std::max(max, size) : size;
    const double held_hours = seconds(held) / 3600;
    replica_hours += size * held_hours;
    hours += held_hours;
}

void Scorer::add(const Decision& decision, Duration held) {
    ++score_.ticks;
    score_.size.add(decision.apply ? decision.replicas : decision.current, held);
    if (decision.apply) count_action(decision);
    if (decision.health == Health::degraded) score_.degraded += held;
    if (decision.health == Health::holding || decision.health == Health::degraded) {
        add_hold(decision, held);
    } else {
        in_hold_.reset();
    }
}

void Scorer::count_action(const Decision& decision) {
    const int direction = decision.replicas > decision.current ? 1 : -1;
    ++(direction > 0 ? score_.ups : score_.downs);
    if (direction_ == -direction) ++score_.reversals;
    direction_ = direction;
}

void Scorer::add_hold(const Decision& decision, Duration held) {
    // What was missing, not what was made of it.
    const auto cause = std::ranges::find(decision.proposals, ProposalKind::hold, &Proposal::kind);
    const Reason& reason = cause != decision.proposals.end() ? cause->reason : decision.reason;
    auto& holds = score_.holds;
    const auto known = std::ranges::find_if(
        holds, [&](const HoldScore& hold) { return hold.code == reason.code && hold.signal == reason.signal; });
    const auto at = static_cast<std::size_t>(known - holds.begin());
    if (known == holds.end()) holds.push_back({reason.code, reason.signal, {}, {}, 0});
    if (in_hold_ != at) {
        ++holds[at].times;
        hold_lasts_ = {};
    }
    in_hold_ = at;
    hold_lasts_ += held;
    holds[at].total += held;
    holds[at].longest = std::max(holds[at].longest, hold_lasts_);
}

void Scorer::add_recorded(Replicas size, Duration held) {
    if (!score_.recorded) score_.recorded.emplace();
    score_.recorded->add(size, held);
}

Score Scorer::finish() {
    std::ranges::stable_sort(score_.holds, std::greater{}, &HoldScore::total);
    return std::move(score_);
}

}  // namespace setpoint
