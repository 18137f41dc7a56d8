// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace setpoint {

/// Reads the numbers of a CSV file's cells as programs and spreadsheets write them.
class CsvNumbers {
public:
    /// `decimal_comma`: 3,5 is three and a half, as where ';' separates the cells. Otherwise commas group thousands.
    explicit CsvNumbers(bool decimal_comma) : decimal_comma_(decimal_comma) {}

    /// A finite number: `3.5`, `+3.5`, `70%` (0.7), `10,000.5`; nothing for all else.
    [[nodiscard]] std::optional<double> read(std::string_view text);
    /// Whether commas in the last number were taken to group its thousands.
    [[nodiscard]] bool grouped() const { return grouped_; }
    /// Whether it had a percent sign.
    [[nodiscard]] bool percent() const { return percent_; }

private:
    bool decimal_comma_;
    bool grouped_ = false;
    bool percent_ = false;
    std::string plain_;
};

}  // namespace setpoint
