// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/wording.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "core/units.hpp"

namespace setpoint {
namespace {

struct Prefix {
    double from;
    std::string_view letter;
};

std::string prefixed(double value, std::span<const Prefix> prefixes) {
    for (const auto& prefix : prefixes) {
        if (std::abs(value) >= prefix.from) return fmt::format("{:.3g}{}", value / prefix.from, prefix.letter);
    }
    return fmt::format("{:.3g}", value);
}

constexpr std::array kThousands{Prefix{1e9, "G"}, Prefix{1e6, "M"}, Prefix{1e3, "k"}};
constexpr std::array kBinary{Prefix{1024.0 * 1024 * 1024, "Gi"}, Prefix{1024.0 * 1024, "Mi"}, Prefix{1024, "Ki"}};
constexpr std::array kSeconds{Prefix{3600, "h"}, Prefix{60, "m"}, Prefix{1, "s"}};

}  // namespace

std::string grouped(std::uint64_t number) {
    auto text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
        text.insert(static_cast<std::size_t>(at), 1, ',');
    return text;
}

std::string roughly(Duration d) {
    struct Unit {
        std::int64_t milliseconds;
        std::int64_t smallest_beside;  // rounded to this where the unit leads
    };
    static constexpr Unit units[] = {{86'400'000, 3'600'000}, {3'600'000, 60'000}, {60'000, 1'000}, {1'000, 1}};
    for (const auto& unit : units) {
        if (d.count() < unit.milliseconds) continue;
        // From ten minutes on seconds are noise, from twenty seconds on milliseconds.
        auto beside = unit.smallest_beside;
        if (d.count() >= 600'000) beside = std::max<std::int64_t>(beside, 60'000);
        else if (d.count() >= 20'000) beside = 1'000;
        return format_duration(Duration{(d.count() + beside / 2) / beside * beside});
    }
    return fmt::format("{}ms", d.count());
}

std::string civil(Time t) {
    auto text = format_time(WallTime{t.time_since_epoch()}).substr(0, 19);
    text[10] = ' ';
    return text.ends_with(":00") ? text.substr(0, 16) : text;
}

std::string shown(double value, const SignalSpec& signal) {
    if (signal.per_pod || signal.dimension == Dimension::ratio) {
        const double percent = value * 100;
        return std::abs(percent) < 1000 ? fmt::format("{:.3g}%", percent) : prefixed(percent, kThousands) + "%";
    }
    switch (signal.dimension) {
        case Dimension::time:
            return std::abs(value) < 1 ? fmt::format("{:.3g}ms", value * 1000) : prefixed(value, kSeconds);
        case Dimension::bytes:
            return prefixed(value, kBinary);
        default:
            return prefixed(value, kThousands);
    }
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    std::vector<std::string> lines;
    while (text.size() > width) {
        auto end = text.rfind(' ', width);
        if (end == std::string_view::npos) end = std::min(text.find(' '), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    lines.emplace_back(text);
    return lines;
}

std::string explanation(const Decision& decision, const ScalingSpec& spec, std::span<const std::string> signals) {
    if (decision.limits.empty()) return sentence(decision.reason, signals);
    std::string text;
    const Proposal* driver = nullptr;
    for (const auto& proposal : decision.proposals) {
        if (proposal.kind != ProposalKind::wish && proposal.kind != ProposalKind::floor) continue;
        const bool lowest = spec.combine == Combine::min && proposal.kind == ProposalKind::wish;
        if (driver == nullptr ||
            (lowest ? proposal.replicas < driver->replicas : proposal.replicas > driver->replicas)) {
            driver = &proposal;
        }
    }
    if (driver != nullptr) text = sentence(driver->reason, signals);
    for (const auto& limit : decision.limits) {
        if (!text.empty()) text += "; ";
        text += sentence(limit.reason, signals);
    }
    return text;
}

std::vector<std::string> signal_names(const ScalingSpec& spec) {
    std::vector<std::string> names;
    for (const auto& signal : spec.signals) names.push_back(signal.name);
    return names;
}

}  // namespace setpoint
