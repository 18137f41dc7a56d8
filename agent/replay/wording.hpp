// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "policies/decision.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// `10,080`.
[[nodiscard]] std::string grouped(std::uint64_t number);
/// At most two units: `2h10m`, `7d`, `1m30s`.
[[nodiscard]] std::string roughly(Duration d);
/// `2026-01-31 08:00:05` in UTC, without the seconds where they are zero.
[[nodiscard]] std::string civil(Time t);
/// A value of a signal as people write it: `70%`, `250ms`, `1.5Gi`, `12k`.
[[nodiscard]] std::string shown(double value, const SignalSpec& signal);
/// Lines of at most `width` columns, broken at spaces; a longer word stays whole.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width);
/// Why a decision came out as it did: what drove it, and every limit that changed it.
[[nodiscard]] std::string explanation(const Decision& decision, const ScalingSpec& spec,
                                      std::span<const std::string> signals);
[[nodiscard]] std::vector<std::string> signal_names(const ScalingSpec& spec);

}  // namespace setpoint
