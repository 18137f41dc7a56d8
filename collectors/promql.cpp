// SPDX-License-Identifier: Apache-2.0
#include "collectors/promql.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>

namespace setpoint {
namespace {

/// The query without what its strings and comments hold, so that brackets in them do not count.
std::string without_strings(std::string_view query) {
    std::string out;
    char quote = 0;
    bool comment = false;
    for (std::size_t i = 0; i < query.size(); ++i) {
        const char c = query[i];
        if (comment) {
            comment = c != '\n';
        } else if (quote != 0) {
            if (c == '\\' && quote != '`') ++i;
            else if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'' || c == '`') {
            quote = c;
        } else if (c == '#') {
            comment = true;
        } else {
            out += c;
        }
    }
    return out;
}

/// `1m30s`, as Prometheus writes it: units from y to ms, each with a whole number.
std::optional<Duration> prometheus_duration(std::string_view text) {
    using namespace std::chrono_literals;
    struct Unit {
        std::string_view name;
        Duration length;
    };
    static constexpr Unit units[] = {{"ms", 1ms}, {"s", 1s}, {"m", 1min}, {"h", 1h}, {"d", 24h}, {"w", 168h}, {"y", 8760h}};
    Duration sum{0};
    while (!text.empty()) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{} || number < 0 || number > 1'000'000) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        const auto name = text.substr(0, std::min(text.find_first_of("0123456789"), text.size()));
        const auto* unit = std::ranges::find(units, name, &Unit::name);
        if (unit == std::end(units)) return std::nullopt;
        sum += number * unit->length;
        text.remove_prefix(name.size());
    }
    return sum;
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool may_be_in_a_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; }

}  // namespace

bool is_bare_selector(std::string_view query) {
    const auto bare = without_strings(query);
    auto rest = trimmed(bare);
    if (rest.empty() || std::isdigit(static_cast<unsigned char>(rest.front())) != 0) return false;
    const auto name = static_cast<std::size_t>(std::ranges::find_if_not(rest, may_be_in_a_name) - rest.begin());
    rest = trimmed(rest.substr(name));
    if (rest.empty()) return name > 0;
    // Whatever stands after the braces (a range, an offset, an operator) makes it an expression.
    return rest.front() == '{' && rest.find('}') == rest.size() - 1;
}

std::optional<Duration> longest_range(std::string_view query) {
    const auto bare = without_strings(query);
    std::optional<Duration> longest;
    for (auto open = bare.find('['); open != std::string::npos; open = bare.find('[', open + 1)) {
        const auto close = bare.find(']', open);
        if (close == std::string::npos) break;
        auto range = trimmed(std::string_view{bare}.substr(open + 1, close - open - 1));
        range = trimmed(range.substr(0, range.find(':')));
        if (const auto length = prometheus_duration(range)) longest = std::max(longest.value_or(Duration{0}), *length);
    }
    return longest;
}

}  // namespace setpoint
