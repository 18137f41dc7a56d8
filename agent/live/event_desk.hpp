// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/live/policy_object.hpp"
#include "core/time.hpp"

namespace setpoint {

/// Something that happened to a policy, worth an Event.
struct Occasion {
    bool warning = false;
    std::string_view reason;  // one word
    std::string message;
};

/// Decides which Events are written, so that they stay readable and cost little: what repeats itself is counted in the Event that
/// there is, at most once a minute; of other things a policy has kBurst, and one more every kRefill, as has the agent of its own; how
/// many were left out is said with the next one. Pure.
class EventDesk {
public:
    static constexpr Duration kRepeatsFor = std::chrono::minutes{10};  // later it is a new one
    static constexpr Duration kCountsEvery = std::chrono::minutes{1};
    static constexpr double kBurst = 10;
    static constexpr Duration kRefill = std::chrono::minutes{1};
    static constexpr double kBurstOfAll = 100;
    static constexpr Duration kRefillOfAll = std::chrono::milliseconds{200};
    static constexpr std::size_t kLongest = 1000;                      // characters of a message; the server takes 1024

    struct Letter {
        enum class Kind : std::uint8_t { create, patch } kind = Kind::create;
        std::string ns;
        std::string name;  // of the Event
        std::string body;  // an Event, or a merge patch for one
    };

    /// `reporter`: which of several agents it is.
    explicit EventDesk(std::string reporter) : reporter_(std::move(reporter)) {}

    void take(Time now, WallTime wall, const PolicyObject& object, Occasion occasion);
    /// What is to be written now.
    [[nodiscard]] std::vector<Letter> due(Time now);
    /// Lets go of policies that are no more.
    void keep_only(const std::set<std::uint64_t>& uids);

private:
    /// Tokens that come back with time.
    struct Bucket {
        double tokens;
        Time at{};
        [[nodiscard]] bool take(Time now, double most, Duration refill);
    };
    /// One Event that is counted on.
    struct Series {
        std::string name;
        std::string message;
        std::uint32_t count = 1;
        WallTime last{};
        Time told{};          // when it was written last
        Time seen{};
        bool behind = false;  // the count written is not the one known
    };
    struct Known {
        std::string ns;
        Bucket bucket{kBurst};
        std::map<std::string_view, Series> series;  // by reason
        std::uint32_t left_out = 0;
    };

    [[nodiscard]] std::string body_of(const PolicyObject& object, const Occasion& occasion, const Series& series) const;

    std::string reporter_;
    Bucket all_{kBurstOfAll};
    std::uint64_t number_ = 0;
    std::map<std::uint64_t, Known> known_;  // by UID
    std::vector<Letter> letters_;
};

}  // namespace setpoint
