// SPDX-License-Identifier: Apache-2.0
#include "agent/admin/why.hpp"

#include <fmt/core.h>

#include <chrono>

#include "core/units.hpp"

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

std::string hand_in_words(const OverrideSet& hand) {
    using enum OverrideSet::Kind;
    const auto what = hand.kind == pin ? fmt::format("pinned to {}", hand.replicas) : hand.kind == pause_down ? std::string{"does not shrink"} : std::string{"paused"};
    const WallTime until{std::chrono::floor<std::chrono::seconds>(hand.until.time_since_epoch())};
    return fmt::format("{} until {}: {}", what, format_time(until), hand.reason);
}

}  // namespace setpoint
