// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace setpoint {

/// A sample of Prometheus' text format: `name{label="value"} 1.5 1700000000000`.
struct ExpositionLine {
    std::string_view name;
    std::vector<std::pair<std::string_view, std::string>> labels;  // values without their escapes
    std::string_view value;                                        // as it stands
    std::string_view time;                                         // likewise; empty: it has none

    /// Empty: there is no such label.
    [[nodiscard]] std::string_view label(std::string_view name) const;
};

/// Absent for what is no sample: nonsense, a comment, nothing at all. Views are of `line`.
[[nodiscard]] std::optional<ExpositionLine> parse_exposition_line(std::string_view line);

}  // namespace setpoint
