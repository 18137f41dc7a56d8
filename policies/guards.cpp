// SPDX-License-Identifier: Apache-2.0
#include "policies/guards.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "policies/spec.hpp"

namespace setpoint {

using namespace std::chrono_literals;

namespace {

constexpr int kIntervalsOfPatience = 3;
/// An order that had no answer for so long was lost: no write to a target lasts longer.
constexpr Duration kLongestOrder = 3min;

Reason limited(Code code, std::int64_t a, std::int64_t b, std::int64_t c) {
    return {code, {}, {static_cast<double>(a), static_cast<double>(b), static_cast<double>(c)}};
}

}  // namespace

Guards::Guards(GuardSettings settings, std::span<const ScalingSpec> specs)
    : settings_(std::move(settings)), starts_(1min), losses_(10min) {
    if (settings_.shrink_per_ten_minutes) {
        if (const auto limit = parse_shrink(*settings_.shrink_per_ten_minutes)) shrink_ = *limit;
    }
    std::map<std::pair<std::size_t, std::string>, std::uint32_t> known;
    for (const auto& spec : specs) {
        Member member{spec.replicas.min, kIntervalsOfPatience * spec.interval, {}};
        for (std::size_t i = 0; i < settings_.budgets.size(); ++i) {
            const auto& budget = settings_.budgets[i];
            if (!covers(budget, spec)) continue;
            const auto [group, fresh] = known.try_emplace({i, group_of(budget, spec)}, static_cast<std::uint32_t>(groups_.size()));
            if (fresh) groups_.push_back({budget.replicas, {}});
            member.groups.push_back(group->second);
            groups_[group->second].members.push_back(static_cast<std::uint32_t>(members_.size()));
        }
        members_.push_back(std::move(member));
    }
    standings_.resize(members_.size());
    claims_.reserve(members_.size());
}

Replicas Guards::allow(Time now, TargetId target, const Ask& ask, std::vector<Limit>& limits) {
    const auto self = static_cast<std::uint32_t>(target);
    auto& own = standings_[self];
    own.asked = now;
    own.wanted = ask.wanted;
    own.floor = std::min(ask.floor, ask.wanted);
    Replicas size = ask.wanted;
    for (const auto group : members_[self].groups) size = within_budget(now, self, groups_[group], size, limits);
    own.budgeted = size;
    if (size > ask.current) size = in_turn(now, self, Way::up, size, limits);
    else if (size < ask.current) size = in_turn(now, self, Way::down, size, limits);
    if (!ask.ordering) leave_alone(now, target, ask.current);
    return size;
}

void Guards::leave_alone(Time now, TargetId target, Replicas size) {
    auto& own = standings_[index(target)];
    own.asked = now;
    own.floor = own.wanted = own.budgeted = size;
}

Replicas Guards::within_budget(Time now, std::uint32_t self, const Group& budget, Replicas size, std::vector<Limit>& limits) {
    const auto& own = standings_[self];
    claims_.clear();
    std::size_t place = 0;
    std::int64_t others = 0;
    for (const auto member : budget.members) {
        if (member == self) place = claims_.size();
        else others += standings_[member].size + on_its_way(now, standings_[member], Way::up);
        claims_.push_back(claim_on_budget(now, member));
    }
    const Replicas share = fair_share(claims_, place, budget.replicas);
    if (share < size) {
        limits.push_back({size, share, limited(Code::budget_share, budget.replicas, share, size)});
        size = share;
    }
    if (size <= own.size) return size;
    // Its share is its own, but what others still have of it must be given back first.
    const auto room = static_cast<Replicas>(std::max<std::int64_t>(budget.replicas - others, 0));
    const Replicas now_at_most = std::max({own.size, std::min(size, room), std::min(size, own.floor)});
    if (now_at_most < size) limits.push_back({size, now_at_most, limited(Code::budget_taken, budget.replicas, others, size)});
    return std::min(size, now_at_most);
}

Replicas Guards::in_turn(Time now, std::uint32_t self, Way way, Replicas size, std::vector<Limit>& limits) {
    const auto limit = limit_of(now, way);
    if (!limit) return size;
    const auto& own = standings_[self];
    const Replicas change = way == Way::up ? size - own.size : own.size - size;
    // An order of its own that is on its way is replaced by what it asks for now.
    std::int64_t left = *limit - (way == Way::up ? starts_ : losses_).sum(now) + on_its_way(now, own, way);
    for (const auto& standing : standings_) left -= on_its_way(now, standing, way);
    const Replicas granted = left > 0 ? share_of_flow(now, self, way, left) : 0;
    if (granted == change) return size;
    const Replicas to = way == Way::up ? own.size + granted : own.size - granted;
    limits.push_back({size, to, limited(way == Way::up ? Code::starts_limited : Code::shrink_limited, *limit, granted, change)});
    return to;
}

Replicas Guards::share_of_flow(Time now, std::uint32_t self, Way way, std::int64_t left) {
    claims_.clear();
    std::int64_t had = 0;
    for (std::uint32_t i = 0; i < standings_.size(); ++i) {
        claims_.push_back(claim_on_flow(now, i, way, i != self ? on_its_way(now, standings_[i], way) : 0));
        had += claims_.back().floor;
    }
    return fair_share(claims_, self, left + had) - claims_[self].floor;
}

std::optional<Replicas> Guards::limit_of(Time now, Way way) const {
    if (way == Way::up) return settings_.starts_per_minute;
    if (!shrink_) return std::nullopt;
    std::int64_t all = losses_.sum(now);
    for (const auto& standing : standings_) all += standing.size;
    return shrink_->of(all);
}

bool Guards::asks(Time now, std::uint32_t target) const {
    const auto& asked = standings_[target].asked;
    return asked && now - *asked <= members_[target].patience;
}

Replicas Guards::on_its_way(Time now, const Standing& standing, Way way) const {
    if (!standing.ordered_at || now - *standing.ordered_at > kLongestOrder) return 0;
    return way == Way::up ? standing.top - standing.size : standing.size - standing.bottom;
}

Claim Guards::claim_on_budget(Time now, std::uint32_t target) const {
    const auto& standing = standings_[target];
    if (asks(now, target)) return {standing.floor, standing.wanted, {}};
    // Silent, or not heard of yet: what it has, and the least that it must be able to have.
    const Replicas least = standing.asked ? std::min(members_[target].least, standing.size) : members_[target].least;
    return {least, std::max(standing.size, least), {}};
}

Claim Guards::claim_on_flow(Time now, std::uint32_t target, Way way, Replicas ordered) const {
    const auto& standing = standings_[target];
    if (!asks(now, target)) return {};
    // Who got much of late has had that part of his share.
    const Replicas had = static_cast<Replicas>((way == Way::up ? standing.gained : standing.lost).sum(now));
    const Replicas wants = way == Way::up ? standing.budgeted - standing.size : standing.size - standing.budgeted;
    return {had + ordered, had + std::max(ordered, wants), way == Way::up ? standing.started : standing.shrunk};
}

void Guards::accepted(Time now, TargetId target, Replicas from, Replicas to) {
    auto& own = standings_[index(target)];
    if (to > from) {
        starts_.add(now, to - from);
        own.gained.add(now, to - from);
        own.started = now;
    } else if (to < from) {
        losses_.add(now, from - to);
        own.lost.add(now, from - to);
        own.shrunk = now;
    }
}

void Guards::stands(TargetId target, Replicas size, std::optional<Replicas> ordered, std::optional<Time> ordered_at) {
    auto& own = standings_[index(target)];
    own.size = size;
    const bool lost = ordered_at && own.ordered_at && *ordered_at - *own.ordered_at > kLongestOrder;
    if (!ordered || !own.ordered_at || lost) own.top = own.bottom = size;
    own.ordered_at = ordered ? ordered_at : std::nullopt;
    // A later order does not take back one that is on its way.
    own.top = std::max({own.top, size, ordered.value_or(size)});
    own.bottom = std::min({own.bottom, size, ordered.value_or(size)});
}

void bind(Fields& fields, Guards::Standing& standing) {
    fields.state("size", standing.size);
    fields.state("top", standing.top);
    fields.state("bottom", standing.bottom);
    fields.state("orderedAt", standing.ordered_at);
    fields.state("asked", standing.asked);
    fields.state("floor", standing.floor);
    fields.state("wanted", standing.wanted);
    fields.state("budgeted", standing.budgeted);
    fields.state("started", standing.started);
    fields.state("shrunk", standing.shrunk);
    fields.state("gained", standing.gained);
    fields.state("lost", standing.lost);
}

void Guards::bind_state(Fields& fields) {
    fields.state("starts", starts_);
    fields.state("losses", losses_);
}

void Guards::bind_state(TargetId target, Fields& fields) { bind(fields, standings_[index(target)]); }

}  // namespace setpoint
