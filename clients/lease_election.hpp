// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "clients/boot_clock.hpp"
#include "clients/lease_record.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// One agent of several, by a Lease that it renews and that each change must find as it was seen. Pure: says what to send, and
/// is told what came back.
///
/// A Lease is taken where there is none, where it was let go, or where nobody renewed it for its whole duration by *our* clock
/// since we first saw that renewal: clocks of others are never compared with ours. Ours counts from the moment before it was
/// asked for, and ends a fifth before it does for others. Who lost it stands for election again: what was decided under it is worth nothing.
class LeaseElection {
public:
    struct Settings {
        std::string ns;
        std::string name;
        std::string identity;                        // no other process has it, not even our next one
        Duration duration = std::chrono::seconds{15};
        /// Whether a Lease that nobody holds, for so long as seen from here, is to be taken; the same until something else changes.
        /// Empty: always.
        std::function<bool(BootTime now, Duration free_for)> wants = {};
        /// Told when it is asked for.
        std::function<void(BootTime now)> takes = {};
    };

    struct Order {
        enum class Kind : std::uint8_t { read, create, replace } kind = Kind::read;
        std::string body;
        Duration deadline{};
    };

    explicit LeaseElection(Settings settings) : settings_(std::move(settings)) {}

    /// What to send now, if anything; nothing while an answer is awaited. `wall` is for people to read.
    [[nodiscard]] std::optional<Order> due(BootTime now, WallTime wall);
    /// What came back of the last order: the Lease as it is then, `no_data` where there is none, `conflict` where it was changed.
    void answered(BootTime now, const Result<LeaseRecord>& answer);
    /// When to ask for what is due again.
    [[nodiscard]] BootTime next() const;

    enum class Role : std::uint8_t { standby, leader, resigned };
    [[nodiscard]] Role role() const { return role_; }
    /// Of the Lease as seen last: how often it went from one holder to another. Who holds it next has one more.
    [[nodiscard]] std::uint64_t term() const { return seen_ ? seen_->transitions : 0; }
    /// For how long writes may be on their way from `now` on; `refused` says why none may begin. Right however long nothing else
    /// here was called.
    [[nodiscard]] Result<Duration> may_write(BootTime now) const;
    /// What is in the way: `x holds the Lease shop/setpoint`, or `the Lease shop/setpoint: nobody answers`.
    [[nodiscard]] std::optional<std::string> obstacle() const;
    /// Why it was lost last; empty: it never was.
    [[nodiscard]] const std::string& why_lost() const { return lost_; }
    /// Something else than another holder is.
    [[nodiscard]] bool in_trouble() const { return !trouble_.empty(); }

    /// No write may begin any more; what is held is let go, which is due now.
    void resign();
    /// Likewise, and stands for election again: for who has others that should hold it.
    void let_go();

private:
    struct Sent {
        Order::Kind kind;
        BootTime at;
    };

    [[nodiscard]] Duration renews() const { return settings_.duration / 3; }
    [[nodiscard]] Duration retries() const { return settings_.duration / 15; }
    [[nodiscard]] bool is_ours() const { return seen_ && !absent_ && seen_->holder == settings_.identity; }
    [[nodiscard]] BootTime free_since() const;
    [[nodiscard]] bool was_ours() const { return role_ == Role::leader || (seen_ && seen_->holder == settings_.identity); }
    [[nodiscard]] bool may_take(BootTime now) const;
    [[nodiscard]] Order::Kind kind_of_next(BootTime now) const;
    [[nodiscard]] std::optional<std::string> body_of(Order::Kind kind, WallTime wall) const;
    [[nodiscard]] Duration deadline_at(BootTime now) const;
    void saw(BootTime now, const LeaseRecord& lease);
    void holds(BootTime since, BootTime now, const LeaseRecord& lease);
    void failed(BootTime now, const Error& error, Order::Kind kind);
    void end_if_lapsed(BootTime now);
    void lose(BootTime now, std::string why);
    void resigned(BootTime now);
    [[nodiscard]] std::string called() const { return "the Lease " + settings_.ns + "/" + settings_.name; }

    Settings settings_;
    Role role_ = Role::standby;
    std::optional<LeaseRecord> seen_;  // last, ours too; kept when it is gone, for who held it may not know yet
    BootTime term_seen_{};             // since when it is as it is
    bool absent_ = false;
    bool current_ = false;             // `seen_` and `absent_` may be acted upon
    BootTime valid_until_{};
    std::optional<Sent> awaited_;
    BootTime next_{};
    std::string trouble_;
    std::string lost_;
    bool resigning_ = false;
    bool comes_back_ = false;          // once that is done
};

}  // namespace setpoint
