// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "clients/boot_clock.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// Which agents live: each keeps an annotation of one Lease, which nobody holds, and changes it again and again. One whose annotation did
/// not change for `lasts` by *our* clock is dead; clocks of others are never compared with ours. Pure: says what to send, and is told what
/// came back.
class AgentRoll {
public:
    struct Settings {
        std::string ns;
        std::string name;      // of the Lease
        std::string identity;  // as its shards' Leases name it: `pod_5f0c81d2a4be93ab`
        std::size_t shards = 2;
        Duration lasts = std::chrono::seconds{10};
    };

    explicit AgentRoll(Settings settings);

    /// A merge patch that shows that this agent lives and how many shards it holds; and that takes away who is dead for long.
    [[nodiscard]] std::string sign(BootTime now, std::size_t held);
    /// The Lease itself, where there is none.
    [[nodiscard]] std::string first(std::size_t held);
    /// A merge patch that takes this agent off the roll.
    [[nodiscard]] std::string farewell() const;

    /// The Lease as it is now. `bad_reply`: it is none.
    [[nodiscard]] Result<> seen(BootTime now, const std::string& json);
    /// How many shards each other agent that lives holds, as it says.
    [[nodiscard]] std::vector<std::size_t> others(BootTime now) const;
    /// Into how many other than ours an agent that lives shares the work, and holds some of it: what is a shard to it is none to us.
    [[nodiscard]] std::optional<std::size_t> other_number(BootTime now) const;

private:
    struct Other {
        std::string text;
        BootTime changed{};
        std::size_t held = 0;
        std::size_t of = 0;
    };
    [[nodiscard]] std::string text(std::size_t held);
    [[nodiscard]] bool lives(const Other& other, BootTime now) const { return now - other.changed < settings_.lasts; }

    Settings settings_;
    std::string key_;    // of our annotation
    std::string host_;
    std::uint64_t signs_ = 0;
    std::map<std::string, Other> others_;  // by annotation
};

}  // namespace setpoint
