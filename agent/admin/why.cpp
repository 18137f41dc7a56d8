// SPDX-License-Identifier: Apache-2.0
#include "agent/admin/why.hpp"

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

}  // namespace setpoint
