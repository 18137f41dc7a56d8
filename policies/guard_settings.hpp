// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics.hpp"
#include "core/fields.hpp"
#include "core/replicas.hpp"
#include "core/result.hpp"

namespace setpoint {

struct ScalingSpec;

/// How many replicas the targets of some policies may have together.
struct Budget {
    std::vector<std::string> policies;    // names; `*` stands for any text; with namespaces, empty: all
    Replicas replicas = 0;
    std::vector<std::string> namespaces;  // likewise; empty: whatever it is
    bool per_namespace = false;           // each namespace has so many for itself
    friend bool operator==(const Budget&, const Budget&) = default;
};

/// What all policies of an agent together may do. Nothing is limited unless it is stated.
struct GuardSettings {
    std::optional<Replicas> starts_per_minute;
    std::optional<std::string> shrink_per_ten_minutes;  // `12`, or a share of all: `30%`
    std::vector<Budget> budgets;

    [[nodiscard]] bool any() const { return starts_per_minute || shrink_per_ten_minutes || !budgets.empty(); }
    friend bool operator==(const GuardSettings&, const GuardSettings&) = default;
};

/// A number of replicas, or a share of all there are.
struct ShrinkLimit {
    double amount = 0;
    bool share = false;
    [[nodiscard]] Replicas of(std::int64_t all) const;  // of a share at least 1: a small total must still let go
};
[[nodiscard]] Result<ShrinkLimit> parse_shrink(std::string_view text);

/// Whether `text` is what one of the patterns says.
[[nodiscard]] bool matches_any(const std::vector<std::string>& patterns, std::string_view text);
/// Whether a budget speaks of a policy.
[[nodiscard]] bool covers(const Budget& budget, const ScalingSpec& policy);
/// With whom it shares that budget: those of the same word.
[[nodiscard]] std::string group_of(const Budget& budget, const ScalingSpec& policy);
/// Whose it is: `cart, web-*`, `all policies in each of the namespaces team-*`.
[[nodiscard]] std::string describe(const Budget& budget);

/// The rules of the settings alone, and with the policies. Paths are those below `guards`.
void validate(const GuardSettings& settings, std::span<const ScalingSpec> specs, Diagnostics& out);

void bind(Fields& fields, Budget& budget);
void bind(Fields& fields, GuardSettings& settings);

}  // namespace setpoint
