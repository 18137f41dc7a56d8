// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/fields.hpp"
#include "core/ids.hpp"
#include "core/replicas.hpp"
#include "core/time.hpp"
#include "policies/decision.hpp"
#include "policies/fair_share.hpp"
#include "policies/flow.hpp"
#include "policies/guard_settings.hpp"

namespace setpoint {

/// What all targets of an agent together may do: budgets of groups, starts per minute, shrinking per ten minutes. Stands
/// after the shaping of one target's size, and knows how the others stand.
///
/// Only what was accepted counts. An order without an answer has its room kept until there is one, so that orders on
/// their way are together never above a limit; one that fails gives it back.
class Guards {
public:
    Guards(GuardSettings settings, std::span<const ScalingSpec> specs);

    /// What a target asks for on a tick.
    struct Ask {
        Replicas current = 0;
        Replicas wanted = 0;    // as it would be without guards
        Replicas floor = 0;     // no budget goes below it
        bool ordering = true;   // false: only to say what would be; nothing will be ordered
    };
    /// The size that it may have now; each guard that changes it says so in `limits`.
    [[nodiscard]] Replicas allow(Time now, TargetId target, const Ask& ask, std::vector<Limit>& limits);
    /// A target that is not ours to size for now: what it has counts, and it asks for nothing.
    void leave_alone(Time now, TargetId target, Replicas size);

    /// An order became a size.
    void accepted(Time now, TargetId target, Replicas from, Replicas to);
    /// How a target stands, after whatever happened to it: its size, the order without an answer, and when that was given.
    void stands(TargetId target, Replicas size, std::optional<Replicas> ordered, std::optional<Time> ordered_at);

    /// What was accepted of late; and what is known of one target, for that target's own state.
    void bind_state(Fields& fields);
    void bind_state(TargetId target, Fields& fields);

private:
    enum class Way : std::uint8_t { up, down };

    struct Standing {
        Replicas size = 0;
        Replicas top = 0;           // the most and the least that orders without an answer may make of it
        Replicas bottom = 0;
        std::optional<Time> ordered_at;
        std::optional<Time> asked;  // when it last asked, and for what
        Replicas floor = 0;
        Replicas wanted = 0;
        Replicas budgeted = 0;      // what its budgets left of that
        Time started{};             // when it last got something
        Time shrunk{};
        // What it got of late, for fairness alone: roughly is enough.
        Flow gained{std::chrono::minutes{1}, 6};
        Flow lost{std::chrono::minutes{10}, 6};
    };
    /// Of the configuration.
    struct Member {
        Replicas least = 0;
        Duration patience{};                // who did not ask for so long does not ask any more
        std::vector<std::uint32_t> groups;
    };
    /// Who shares a budget.
    struct Group {
        Replicas replicas = 0;
        std::vector<std::uint32_t> members;
    };

    [[nodiscard]] Replicas within_budget(Time now, std::uint32_t self, const Group& budget, Replicas size, std::vector<Limit>& limits);
    [[nodiscard]] Replicas in_turn(Time now, std::uint32_t self, Way way, Replicas size, std::vector<Limit>& limits);
    [[nodiscard]] Replicas share_of_flow(Time now, std::uint32_t self, Way way, std::int64_t left);
    [[nodiscard]] bool asks(Time now, std::uint32_t target) const;
    [[nodiscard]] Replicas on_its_way(Time now, const Standing& standing, Way way) const;
    [[nodiscard]] Claim claim_on_budget(Time now, std::uint32_t target) const;
    [[nodiscard]] Claim claim_on_flow(Time now, std::uint32_t target, Way way, Replicas ordered) const;
    [[nodiscard]] std::optional<Replicas> limit_of(Time now, Way way) const;

    GuardSettings settings_;
    std::optional<ShrinkLimit> shrink_;
    std::vector<Group> groups_;
    std::vector<Member> members_;                     // by target
    std::vector<Standing> standings_;
    Flow starts_;
    Flow losses_;
    std::vector<Claim> claims_;                       // scratch; its room is kept

    friend void bind(Fields& fields, Standing& standing);
};

}  // namespace setpoint
