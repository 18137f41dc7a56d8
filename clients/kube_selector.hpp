// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace setpoint {

/// A label selector: labels and values that must be there, and expressions that must be true.
struct KubeSelector {
    enum class Operator : std::uint8_t { in, not_in, exists, does_not_exist };
    struct Expression {
        std::string label;
        Operator is = Operator::exists;
        std::vector<std::string> values;
        friend bool operator==(const Expression&, const Expression&) = default;
    };
    std::map<std::string, std::string> labels;
    std::vector<Expression> expressions;
    friend bool operator==(const KubeSelector&, const KubeSelector&) = default;

    /// One that asks for nothing is of no workload: it matches none.
    [[nodiscard]] bool matches(const std::map<std::string, std::string>& these) const;
};

/// As queries and the status of a Scale write one: `app=cart,tier in (web, api),zone!=z9,team,!canary`. `bad_reply` for what is
/// none, or has an operator that compares numbers.
[[nodiscard]] Result<KubeSelector> parse_selector(std::string_view text);
/// Likewise; empty for one that asks for nothing.
[[nodiscard]] std::string written(const KubeSelector& selector);

}  // namespace setpoint
