// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/fields.hpp"
#include "core/replicas.hpp"
#include "core/time.hpp"

namespace setpoint {

/// The extreme of the wishes of the last while, in fixed room: one value per 15 s (windows shorter than
/// five minutes: a twentieth of the window). Forgets a value when the last wish of its step leaves the
/// window: with one wish a step exactly then, otherwise less than a step later, never earlier.
class ExtremeWindow {
public:
    enum class Keep : std::uint8_t { highest, lowest };

    ExtremeWindow(Keep keep, Duration window);

    /// Takes `wish` in; the extreme of the window, `wish` included.
    Replicas record(Time now, Replicas wish);
    void clear();

    friend void bind(Fields& fields, ExtremeWindow& window);

private:
    void advance(Time now);
    [[nodiscard]] std::size_t slot(std::int64_t bucket) const;
    void forget_expired(Time now);
    [[nodiscard]] Replicas better(Replicas a, Replicas b) const;
    [[nodiscard]] Replicas neutral() const;

    Keep keep_;
    std::int64_t window_;                // ms
    std::int64_t width_ = 1;             // ms a bucket
    std::int64_t newest_ = 0;            // the number of the newest bucket
    std::vector<Replicas> buckets_;      // a ring by bucket number; empty for a window of 0
    std::vector<std::uint16_t> latest_;  // of each, the last wish: ms since the bucket's start
};

/// Every wish with its time stamp, as HPA keeps them; those past both windows are dropped.
class WishLog {
public:
    WishLog(Duration up, Duration down) : up_(up), down_(down) {}

    void record(Time now, Replicas wish);
    [[nodiscard]] Replicas lowest_with(Time now, Replicas wish) const;
    [[nodiscard]] Replicas highest_with(Time now, Replicas wish) const;
    /// As the old algorithm has it: a wish as old as the window still counts, whatever the direction.
    [[nodiscard]] Replicas highest_with_oldest(Time now, Replicas wish) const;
    [[nodiscard]] bool empty() const { return wishes_.empty(); }
    void clear() { wishes_.clear(); }

    struct Wish {
        Time at{};
        Replicas replicas = 0;
    };
    friend void bind(Fields& fields, WishLog& log);

private:
    Duration up_;
    Duration down_;
    std::vector<Wish> wishes_;
};

void bind(Fields& fields, WishLog::Wish& wish);

}  // namespace setpoint
