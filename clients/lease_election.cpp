// SPDX-License-Identifier: Apache-2.0
#include "clients/lease_election.hpp"

#include <algorithm>
#include <utility>

namespace setpoint {

std::optional<LeaseElection::Order> LeaseElection::due(BootTime now, WallTime wall) {
    end_if_lapsed(now);
    if (awaited_ || role_ == Role::resigned) return std::nullopt;
    if (resigning_ && !is_ours()) {
        resigned(now);
        return std::nullopt;
    }
    if (now < next_ && !resigning_) return std::nullopt;
    auto kind = kind_of_next(now);
    auto body = body_of(kind, wall);
    if (!body) kind = Order::Kind::read;
    if (kind != Order::Kind::read && !was_ours() && settings_.takes) settings_.takes(now);
    awaited_ = Sent{kind, now};
    return Order{kind, body.value_or(""), deadline_at(now)};
}

LeaseElection::Order::Kind LeaseElection::kind_of_next(BootTime now) const {
    if (resigning_) return Order::Kind::replace;
    if (!current_ || !may_take(now)) return Order::Kind::read;
    return absent_ ? Order::Kind::create : Order::Kind::replace;
}

/// Nothing where none is needed, or can be made of what was seen.
std::optional<std::string> LeaseElection::body_of(Order::Kind kind, WallTime wall) const {
    if (kind == Order::Kind::read) return std::nullopt;
    LeaseTerm term{settings_.identity, settings_.duration, wall, !is_ours(), seen_ ? seen_->transitions : 0};
    if (kind == Order::Kind::create) return new_lease(settings_.ns, settings_.name, term);
    if (resigning_) term = {"", std::chrono::seconds{1}, wall, false, term.transitions};
    else if (term.new_holder) ++term.transitions;
    auto body = renewed_lease(*seen_, term);
    if (!body) return std::nullopt;
    return std::move(*body);
}

/// Short enough for another try before the Lease runs out.
Duration LeaseElection::deadline_at(BootTime now) const {
    if (role_ != Role::leader || resigning_) return renews();
    return std::clamp(valid_until_ - now, Duration{1}, settings_.duration / 5);
}

/// Of a Lease that is not ours; it may be in the future.
BootTime LeaseElection::free_since() const {
    if (!seen_ || seen_->holder.empty()) return term_seen_;
    return term_seen_ + (seen_->duration > Duration{0} ? seen_->duration : settings_.duration);
}

bool LeaseElection::may_take(BootTime now) const {
    if (was_ours()) return true;
    return now >= free_since() && (!settings_.wants || settings_.wants(now, now - free_since()));
}

void LeaseElection::answered(BootTime now, const Result<LeaseRecord>& answer) {
    const auto sent = *std::exchange(awaited_, std::nullopt);
    if (!answer) {
        failed(now, answer.error(), sent.kind);
    } else if (sent.kind == Order::Kind::read) {
        saw(now, *answer);
    } else if (answer->holder.empty()) {  // let go
        seen_ = *answer;
        term_seen_ = now;
        resigned(now);
    } else {
        holds(sent.at, now, *answer);
    }
    end_if_lapsed(now);
}

void LeaseElection::saw(BootTime now, const LeaseRecord& lease) {
    trouble_.clear();
    if (!seen_ || !seen_->same_term(lease)) term_seen_ = now;
    seen_ = lease;
    absent_ = false;
    current_ = true;
    if (role_ == Role::leader && !lease.holder.empty() && !is_ours()) lose(now, lease.holder + " took " + called());
    next_ = may_take(now) ? now : now + retries();
}

/// Its answer may have been long on its way.
void LeaseElection::holds(BootTime since, BootTime now, const LeaseRecord& lease) {
    trouble_.clear();
    seen_ = lease;
    term_seen_ = now;
    absent_ = false;
    current_ = true;
    valid_until_ = since + settings_.duration - settings_.duration / 5;
    next_ = since + renews();
    if (now < valid_until_ && !resigning_) role_ = Role::leader;
}

void LeaseElection::failed(BootTime now, const Error& error, Order::Kind kind) {
    next_ = now + retries();
    if (resigning_) {
        resigned(now);  // it runs out by itself
    } else if (error.code == Errc::no_data && kind != Order::Kind::create) {
        trouble_.clear();
        if (!seen_ && !absent_) term_seen_ = now;
        absent_ = true;
        current_ = true;
        if (may_take(now)) next_ = now;
    } else if (error.code == Errc::conflict) {
        current_ = false;
        next_ = now + retries() / 4;
    } else {
        trouble_ = error.message;
        if (role_ != Role::leader) current_ = false;
    }
}

void LeaseElection::end_if_lapsed(BootTime now) {
    if (role_ != Role::leader || now < valid_until_) return;
    lose(now, called() + " was not renewed in time" + (trouble_.empty() ? "" : ": " + trouble_));
}

/// It may be ours still, or nobody's: that is looked at first.
void LeaseElection::lose(BootTime now, std::string why) {
    role_ = Role::standby;
    lost_ = std::move(why);
    current_ = false;
    next_ = now;
}

void LeaseElection::resigned(BootTime now) {
    if (!std::exchange(comes_back_, false)) {
        role_ = Role::resigned;
        return;
    }
    resigning_ = false;
    lose(now, called() + " was let go, for agents that hold fewer");
    next_ = now + retries();
}

BootTime LeaseElection::next() const { return role_ == Role::leader ? std::min(next_, valid_until_) : next_; }

Result<Duration> LeaseElection::may_write(BootTime now) const {
    if (role_ != Role::leader) return fail(Errc::refused, "this agent may not write: " + obstacle().value_or(lost_.empty() ? "it does not hold " + called() : lost_));
    if (resigning_) return fail(Errc::refused, "this agent may not write: it is stopping");
    if (now >= valid_until_) return fail(Errc::refused, "this agent may not write: " + called() + " was not renewed in time");
    return valid_until_ - now;
}

std::optional<std::string> LeaseElection::obstacle() const {
    if (!trouble_.empty()) return called() + ": " + trouble_;
    if (role_ == Role::leader || !seen_ || seen_->holder.empty() || seen_->holder == settings_.identity) return std::nullopt;
    return seen_->holder + " holds " + called();
}

void LeaseElection::resign() {
    resigning_ = true;
    comes_back_ = false;
}

void LeaseElection::let_go() {
    if (resigning_ || role_ != Role::leader) return;
    resigning_ = true;
    comes_back_ = true;
}

}  // namespace setpoint
