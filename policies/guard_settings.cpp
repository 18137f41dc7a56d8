// SPDX-License-Identifier: Apache-2.0
#include "policies/guard_settings.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>

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
    if (budget.policies.empty() && budget.namespaces.empty()) {
        out.error(path + ".policies", "must name at least one policy, or namespaces (* stands for any text)");
    }
    if (budget.replicas < 1 || budget.replicas > kMaxReplicas) {
        out.error(path + ".replicas", fmt::format("must be 1 to {}, was {}", kMaxReplicas, budget.replicas));
    }
    std::map<std::string, std::int64_t> least;
    for (const auto& spec : specs) {
        if (covers(budget, spec)) least[group_of(budget, spec)] += spec.replicas.min;
    }
    for (const auto& [group, together] : least) {
        if (together <= budget.replicas) continue;
        const auto where = group.empty() ? std::string{} : " in the namespace " + group;
        out.error(path + ".replicas",
                  fmt::format("must be enough for replicas.min of all its policies{} ({} together), was {}", where, together, budget.replicas));
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

bool matches_any(const std::vector<std::string>& patterns, std::string_view text) {
    return std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches(pattern, text); });
}

bool covers(const Budget& budget, const ScalingSpec& policy) {
    const bool named = budget.policies.empty() ? !budget.namespaces.empty() : matches_any(budget.policies, policy.name);
    return named && (budget.namespaces.empty() || matches_any(budget.namespaces, policy.name_space));
}

std::string group_of(const Budget& budget, const ScalingSpec& policy) { return budget.per_namespace ? policy.name_space : std::string{}; }

std::string describe(const Budget& budget) {
    const auto policies = budget.policies.empty() ? std::string{"all policies"} : fmt::format("{}", fmt::join(budget.policies, ", "));
    if (budget.namespaces.empty()) return policies + (budget.per_namespace ? " in each namespace" : "");
    return fmt::format("{} in {} {}", policies, budget.per_namespace ? "each of the namespaces" : "the namespaces", fmt::join(budget.namespaces, ", "));
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
    fields.optional("policies", budget.policies, {}, "whose targets: names of policies, in which * stands for any text");
    fields.optional("namespaces", budget.namespaces, {}, "in a cluster: of which namespaces, likewise; without policies, all of theirs");
    fields.required("replicas", budget.replicas, between(1, kMaxReplicas), "how many they may have together");
    fields.optional("perNamespace", budget.per_namespace, {}, "each namespace has so many for itself");
}

void bind(Fields& fields, GuardSettings& settings) {
    fields.optional("startsPerMinute", settings.starts_per_minute, between(1, kMaxReplicas),
                    "how many replicas all policies together may start in any minute");
    fields.optional("shrinkPerTenMinutes", settings.shrink_per_ten_minutes, as_written(),
                    "how many they may take away in any ten minutes: a number, or a share of all there are (30%)");
    fields.optional("budgets", settings.budgets, {}, "how many replicas groups of policies may have together");
}

}  // namespace setpoint
