// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "policies/decision.hpp"

namespace setpoint {

/// Which decisions say something new about their target: another size, reason or health, a size to apply,
/// or an unchanged one after a while.
class DecisionNews {
public:
    /// Without `again`, what does not change is told once.
    explicit DecisionNews(std::optional<Duration> again = std::nullopt) : again_(again) {}

    [[nodiscard]] bool is_news(const Decision& decision);
    /// The last of `target` did not reach anybody: its next one is news.
    void forget(TargetId target);
    /// Places mean other targets now.
    void forget_all() { last_.clear(); }

private:
    struct Told {
        bool any = false;
        Time at{};
        Replicas replicas = 0;
        Code code = Code::none;
        Health health = Health::holding;
    };

    std::optional<Duration> again_;
    std::vector<Told> last_;  // by TargetId
};

}  // namespace setpoint
