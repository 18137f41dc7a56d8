// SPDX-License-Identifier: Apache-2.0
#include "policies/guard_settings.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/units.hpp"
#include "policies/spec.hpp"

namespace setpoint {
namespace {

/// `*` stands for any text, also none.
bool matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;  // the last one met, and how much of the text it took
    std::size_t taken = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            taken = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    return pattern.substr(p).find_first_not_of('*') == std::string_view::npos;
}

void validate(const Budget& budget, std::span<const ScalingSpec> specs, const std::string& path, Diagnostics& out) {
    if (budget.policies.empty()) out.error(path + ".policies", "must name at least one policy (* stands for any text)");
    if (budget.replicas < 1 || budget.replicas > kMaxReplicas) {
        out.error(path + ".replicas", fmt::format("must be 1 to {}, was {}", kMaxReplicas, budget.replicas));
    }
    std::int64_t least = 0;
    for (const auto& spec : specs) {
        if (covers(budget, spec.name)) least += spec.replicas.min;
    }
    if (least > budget.replicas) {
        out.error(path + ".replicas", fmt::format("must be enough for replicas.min of all its policies ({} together), was {}", least, budget.replicas));
    }
}

}  // namespace

Replicas ShrinkLimit::of(std::int64_t all) const {
    if (!share) return static_cast<Replicas>(amount);
    return static_cast<Replicas>(std::max(1.0, std::floor(amount * static_cast<double>(all) + 1e-9)));
}

Result<ShrinkLimit> parse_shrink(std::string_view text) {
    const auto wanted = [&] {
        return fail(Errc::bad_config, fmt::format("must be a number of replicas from 1 on (12) or a share of all (1% to 100%), was '{}'", text));
    };
    const bool share = text.ends_with('%');
    const auto amount = parse_number(share ? text.substr(0, text.size() - 1) : text);
    if (!amount || *amount < 1) return wanted();
    if (share) return *amount <= 100 ? Result<ShrinkLimit>{ShrinkLimit{*amount / 100, true}} : wanted();
    if (*amount != std::floor(*amount) || *amount > kMaxReplicas) return wanted();
    return ShrinkLimit{*amount, false};
}

bool covers(const Budget& budget, std::string_view policy) {
    return std::ranges::any_of(budget.policies, [&](const std::string& pattern) { return matches(pattern, policy); });
}

void validate(const GuardSettings& settings, std::span<const ScalingSpec> specs, Diagnostics& out) {
    if (settings.starts_per_minute && (*settings.starts_per_minute < 1 || *settings.starts_per_minute > kMaxReplicas)) {
        out.error("startsPerMinute", fmt::format("must be 1 to {}, was {}", kMaxReplicas, *settings.starts_per_minute));
    }
    if (settings.shrink_per_ten_minutes) {
        if (const auto limit = parse_shrink(*settings.shrink_per_ten_minutes); !limit) out.error("shrinkPerTenMinutes", limit.error().message);
    }
    for (std::size_t i = 0; i < settings.budgets.size(); ++i) validate(settings.budgets[i], specs, fmt::format("budgets[{}]", i), out);
}

void bind(Fields& fields, Budget& budget) {
    fields.required("policies", budget.policies, {}, "whose targets: names of policies, in which * stands for any text");
    fields.required("replicas", budget.replicas, between(1, kMaxReplicas), "how many they may have together");
}

void bind(Fields& fields, GuardSettings& settings) {
    fields.optional("startsPerMinute", settings.starts_per_minute, between(1, kMaxReplicas),
                    "how many replicas all policies together may start in any minute");
    fields.optional("shrinkPerTenMinutes", settings.shrink_per_ten_minutes, as_written(),
                    "how many they may take away in any ten minutes: a number, or a share of all there are (30%)");
    fields.optional("budgets", settings.budgets, {}, "how many replicas groups of policies may have together");
}

}  // namespace setpoint
