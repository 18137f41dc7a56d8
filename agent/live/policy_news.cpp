// SPDX-License-Identifier: Apache-2.0
#include "agent/live/policy_news.hpp"

#include <fmt/core.h>

#include <utility>

#include "core/units.hpp"

namespace setpoint {
namespace {

using Status = PolicyCondition::Status;

bool is(const PolicyCondition& condition, Status status) { return condition.status == status; }

/// Trouble once in each of its kinds, and its end.
void tell_readiness(const PolicyGlance* before, const PolicyStatus& now, std::vector<Occasion>& out) {
    const auto& ready = now.condition("Ready");
    const auto* then = before == nullptr ? nullptr : &before->status.condition("Ready");
    const bool was_bad = then != nullptr && is(*then, Status::no);
    const bool same = was_bad && then->reason == ready.reason && (ready.reason == "FailedUpdateScale" || then->message == ready.message);
    if (is(ready, Status::no) && !same) {
        const auto reason = ready.reason == "FailedUpdateScale" ? "FailedRescale" : ready.reason;
        out.push_back({true, reason, ready.message});
    } else if (is(ready, Status::yes) && was_bad) {
        out.push_back({false, "Ready", ready.message});
    }
}

void tell_change(const PolicyGlance* before, const PolicyStatus& now, const Picture& picture, std::vector<Occasion>& out) {
    if (!picture.change || before == nullptr) return;
    const auto& change = *picture.change;
    if (before->change && before->change->time == change.time && before->change->to == change.to) return;
    if (change.ours) {
        out.push_back({false, "SuccessfulRescale", fmt::format("scaled from {} to {}: {}", change.from, change.to, change.reason)});
        return;
    }
    const auto& conflict = now.condition("Conflict");
    const auto by = change.who.empty() ? std::string{"somebody else"} : change.who;
    const auto then = is(conflict, Status::yes) ? ": " + conflict.message : std::string{};
    out.push_back({false, "ForeignWrite", fmt::format("the size was changed from {} to {} by {}, not by setpoint{}", change.from, change.to, by, then)});
}

void tell_holds(const PolicyGlance* before, PolicyGlance& now, const Picture& picture, Time at, std::vector<Occasion>& out) {
    const bool was = before != nullptr && before->in_trouble;
    const auto& degraded = now.status.condition("Degraded");
    const bool was_degraded = before != nullptr && is(before->status.condition("Degraded"), Status::yes);
    const auto& active = now.status.condition("Active");
    now.in_trouble = picture.held_since && (was || at - *picture.held_since >= kHoldIsNews);
    if (is(degraded, Status::yes)) {
        if (!was_degraded) out.push_back({true, "HeldTooLong", degraded.message});
    } else if (now.in_trouble && !was) {
        // Of a size that nobody has seen the condition Ready speaks.
        if (now.status.current) out.push_back({true, active.reason, fmt::format("keeps its {} replicas: {}", *now.status.current, active.message)});
    } else if (was && !now.in_trouble) {
        out.push_back({false, "Recovered", fmt::format("decides again, at {} replicas", now.status.current.value_or(0))});
    }
}

void tell_hand(const PolicyGlance* before, const PolicyStatus& now, std::vector<Occasion>& out) {
    const auto was = before == nullptr ? std::nullopt : before->status.hand;
    if (was == now.hand || before == nullptr) return;
    if (!now.hand) return out.push_back({false, "Resumed", "nobody pins or pauses it any more"});
    const auto until = format_time(std::chrono::floor<std::chrono::seconds>(now.hand->until));
    const bool pinned = now.hand->kind == OverrideSet::Kind::pin;
    const auto what = pinned                                             ? fmt::format("pinned to {}", now.hand->replicas)
                      : now.hand->kind == OverrideSet::Kind::pause_down ? std::string{"does not shrink"}
                                                                         : std::string{"paused"};
    out.push_back({false, pinned ? "Pinned" : "Paused", fmt::format("{} until {}: {}", what, until, now.hand->reason)});
}

}  // namespace

PolicyNews news_of(const PolicyGlance* before, PolicyStatus status, const Picture* picture, Time now) {
    PolicyNews news{{std::move(status), picture != nullptr ? picture->change : std::nullopt, false}, {}};
    auto& out = news.occasions;
    tell_readiness(before, news.glance.status, out);
    tell_hand(before, news.glance.status, out);
    if (picture == nullptr || !picture->last) return news;
    tell_change(before, news.glance.status, *picture, out);
    tell_holds(before, news.glance, *picture, now, out);
    return news;
}

}  // namespace setpoint
