// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/http.hpp"
#include "core/time.hpp"

namespace setpoint {

/// How long a `Retry-After` asks for: seconds (`120`), or until a date in the form that HTTP prescribes (`Sun, 06 Nov 1994
/// 08:49:37 GMT`; one that is past: not at all). Nothing where it says neither.
[[nodiscard]] std::optional<Duration> parse_retry_after(std::string_view text, WallTime now);

/// A server that asked to be left alone, by a 429 or a 503 with `Retry-After`. One for all the ways to that server. Pure:
/// the times are arguments. Only on the I/O thread.
class RetryAfter {
public:
    using SteadyTime = std::chrono::steady_clock::time_point;
    static constexpr Duration kLongest = std::chrono::minutes{5};  // whatever it asks for

    explicit RetryAfter(std::uint64_t seed = 1) : random_(seed) {}

    /// Looks at an answer of `server`: whether it asks for a pause. That is up to a quarter longer than asked for, so that not all its
    /// clients come back at once.
    bool saw(const std::string& server, const HttpResponse& response, SteadyTime now, WallTime wall);
    /// Whether it is still to be left alone.
    [[nodiscard]] bool waits(SteadyTime now) const { return now < until_; }
    [[nodiscard]] SteadyTime until() const { return until_; }
    /// For the error of a request that is not sent for it.
    [[nodiscard]] std::string why(SteadyTime now) const;

private:
    SteadyTime until_{};
    std::string said_;
    std::uint64_t random_;
};

}  // namespace setpoint
