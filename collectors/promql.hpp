// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "core/time.hpp"

namespace setpoint {

/// Whether the query is one bare selector (`up`, `queue_length{queue="jobs"}`): then its answer is dated with the
/// evaluation, not with the scrape, and `timestamp()` of it says how old the value is.
[[nodiscard]] bool is_bare_selector(std::string_view query);

/// The longest range in the query, `1m` of `sum(rate(x_total[1m]))`: the span that its answer averages over.
/// Nothing without one. Of a subquery `[5m:30s]` it is the first part.
[[nodiscard]] std::optional<Duration> longest_range(std::string_view query);

}  // namespace setpoint
