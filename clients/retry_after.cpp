// SPDX-License-Identifier: Apache-2.0
#include "clients/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "clients/jitter.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

constexpr int kTooManyRequests = 429;
constexpr int kUnavailable = 503;
constexpr std::size_t kLongestText = 64;

std::optional<WallTime> parse_http_date(std::string_view text) {
    const std::string date{text};
    std::tm parts{};
    const char* end = ::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return WallTime{std::chrono::seconds{::timegm(&parts)}};
}

}  // namespace

std::optional<Duration> parse_retry_after(std::string_view text, WallTime now) {
    if (text.empty() || text.size() > kLongestText) return std::nullopt;
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (end == text.data() + text.size()) {
        const std::uint64_t most = RetryAfter::kLongest / std::chrono::seconds{1};
        return std::chrono::seconds{error == std::errc{} ? std::min(count, most) : most};
    }
    const auto at = parse_http_date(text);
    if (!at) return std::nullopt;
    return std::clamp<Duration>(*at - now, Duration{0}, RetryAfter::kLongest);
}

bool RetryAfter::saw(const std::string& server, const HttpResponse& response, SteadyTime now, WallTime wall) {
    if (response.status != kTooManyRequests && response.status != kUnavailable) return false;
    const auto pause = parse_retry_after(response.retry_after, wall);
    if (!pause || *pause <= Duration{0}) return false;
    const auto percent = static_cast<std::int64_t>(100 + next_random(random_) % 26);
    until_ = std::max(until_, now + *pause * percent / 100);
    said_ = server + " said " + std::to_string(response.status) + " and asked for a pause of " + format_duration(*pause);
    return true;
}

std::string RetryAfter::why(SteadyTime now) const {
    const auto left = std::chrono::ceil<std::chrono::seconds>(until_ - now);
    return said_ + "; it is asked again in " + format_duration(left);
}

}  // namespace setpoint
