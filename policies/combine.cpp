// SPDX-License-Identifier: Apache-2.0
#include "policies/combine.hpp"

#include <algorithm>
#include <cmath>

namespace setpoint {
namespace {

/// What the proposals come to, kind by kind: the winner of each.
struct Tally {
    const Proposal* wish = nullptr;
    const Proposal* floor = nullptr;
    const Proposal* hold = nullptr;    // the first
    const Proposal* none = nullptr;    // the first
    const Proposal* bounds = nullptr;  // the first
    Bounds limits;

    void take(const Proposal& proposal, Combine how);
};

void Tally::take(const Proposal& proposal, Combine how) {
    const auto keep_first = [&](const Proposal*& slot) {
        if (slot == nullptr) slot = &proposal;
    };
    switch (proposal.kind) {
        case ProposalKind::wish: {
            if (std::isnan(proposal.replicas)) return keep_first(hold);
            const bool wins = wish == nullptr || (how == Combine::max ? proposal.replicas > wish->replicas
                                                                      : proposal.replicas < wish->replicas);
            if (wins) wish = &proposal;
            return;
        }
        case ProposalKind::floor:
            if (std::isnan(proposal.replicas)) return keep_first(hold);
            if (floor == nullptr || proposal.replicas > floor->replicas) floor = &proposal;
            return;
        case ProposalKind::bounds:
            limits = bounds == nullptr
                         ? proposal.bounds
                         : Bounds{std::max(limits.min, proposal.bounds.min), std::min(limits.max, proposal.bounds.max)};
            return keep_first(bounds);
        case ProposalKind::hold:
            return keep_first(hold);
        case ProposalKind::none:
            return keep_first(none);
    }
}

Reason reason_of_hold(const Tally& tally, Replicas current) {
    if (tally.hold != nullptr && tally.hold->reason.code != Code::none) return tally.hold->reason;
    return {Code::only_holds, {}, {static_cast<double>(current)}};
}

/// The size that wishes and floors ask for, and why. Without a wish the current size stands in for it.
Replicas ask(const Tally& tally, Replicas current, Reason& reason) {
    const Replicas wished = tally.wish != nullptr ? rounded_up(tally.wish->replicas) : current;
    const Proposal* speaker = tally.wish;
    if (speaker == nullptr) speaker = tally.bounds != nullptr ? tally.bounds : tally.none;
    if (speaker != nullptr) reason = speaker->reason;
    if (tally.floor == nullptr) return wished;
    const Replicas least = rounded_up(tally.floor->replicas);
    if (least > wished) {
        reason = tally.wish == nullptr ? tally.floor->reason
                                       : Reason{Code::raised_by_floor,
                                                tally.floor->reason.signal,
                                                {static_cast<double>(wished), static_cast<double>(least)}};
    } else if (speaker == nullptr) {
        reason = tally.floor->reason;
    }
    return std::max(wished, least);
}

}  // namespace

Replicas rounded_up(double wish) {
    constexpr double kError = 1e-9;
    constexpr double kMost = 1e9;  // whatever is above is bounded by max all the same
    if (wish >= kMost) return static_cast<Replicas>(kMost);
    const double bounded = std::max(wish, 0.0);
    return static_cast<Replicas>(std::max(0.0, std::ceil(bounded - kError * std::max(1.0, bounded))));
}

Combined combine(std::span<const Proposal> proposals, Replicas current, Bounds bounds, Combine how) {
    Tally tally;
    for (const auto& proposal : proposals) tally.take(proposal, how);

    Combined out;
    out.bounds = tally.bounds != nullptr ? tally.limits : bounds;
    out.bounds.max = std::max(out.bounds.max, out.bounds.min);
    out.missing = tally.hold != nullptr;
    out.wanted = ask(tally, current, out.reason);
    // A floor that raises nothing says nothing of the size; with a signal missing nothing else does either.
    const bool floor_acts = tally.floor != nullptr && (out.wanted > current || !out.missing);
    out.valid =
        tally.wish != nullptr || floor_acts || (!out.missing && (tally.bounds != nullptr || tally.none != nullptr));
    if (!out.valid) {
        out.wanted = current;
        out.reason = reason_of_hold(tally, current);
    } else if (out.missing && out.wanted < current) {
        out.held = true;
        out.reason = {Code::held_for_missing,
                      tally.hold->reason.signal,
                      {static_cast<double>(out.wanted), static_cast<double>(current)}};
        out.wanted = current;
    }
    return out;
}

}  // namespace setpoint
