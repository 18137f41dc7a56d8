// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <optional>
#include <string>
#include <vector>

#include "agent/admin/why.hpp"
#include "policies/event.hpp"
#include "policies/reducer.hpp"

namespace setpoint {

/// Tells the log what an operator wants to know: every change of a size and its reason, trouble once when it
/// begins and once when it ends. A tick that changes nothing says nothing.
class Narrator {
public:
    /// A hold is trouble when it lasts so long; a first reading or one lost answer is not.
    static constexpr Duration kTroubleAfter = std::chrono::seconds{15};
    /// Replicas that do not serve are trouble when they should long have started, and after so long.
    static constexpr Duration kUnreadyAfter = std::chrono::seconds{60};

    Narrator(const Reducer& control, spdlog::logger& log);

    /// `event` was reduced and gave `decision`, of a Tick.
    void tell(const Event& event, const Decision* decision);

private:
    struct Target {
        std::string name;                  // of its policy
        std::string reason;                // of the first decision that wanted `wanted`
        std::optional<Replicas> wanted;
        Replicas from = 0;                 // the size that decision saw
        bool introduced = false;           // its first size was told
        bool suspended = false;
        bool unreachable = false;          // so was the last write, and that was told
        std::optional<Time> holding_since;
        bool in_trouble = false;
        std::string failure;               // of the last write; empty: it worked
        std::optional<Time> unready_since; // not all of the replicas serve
        bool unready = false;              // and that was told
        std::optional<Replicas> shown;     // what shadow mode said last
        Code warning = Code::none;         // ... and what the last warning was of
    };

    /// The same names may have other places now. What was told stays told, and everything is introduced anew.
    void renew();
    void ordered(const OverrideSet& order);
    void decided(const Decision& decision);
    void introduce(Target& target, const Decision& decision);
    void watch_health(Target& target, const Decision& decision);
    void watch_readiness(Target& target, const Decision& decision);
    void watch_shadow(Target& target, const Decision& decision);
    void watch_warning(Target& target, const Decision& decision);
    void applied(const ApplyResult& result);
    [[nodiscard]] std::string name(TargetId id) const { return control_.spec(id).full_name(); }

    const Reducer& control_;
    spdlog::logger& log_;
    std::vector<Target> targets_;
};

}  // namespace setpoint
