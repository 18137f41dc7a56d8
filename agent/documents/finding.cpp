// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/finding.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

namespace setpoint {

std::string to_string(const Finding& finding) {
    std::string text = finding.file;
    if (finding.at.line > 0) text += fmt::format(":{}:{}", finding.at.line, finding.at.column);
    if (finding.severity == Severity::warning) text += ": warning";
    if (!finding.path.empty()) text += ": " + finding.path;
    return text + ": " + finding.message;
}

bool has_errors(const std::vector<Finding>& findings) {
    return std::ranges::any_of(findings, [](const Finding& finding) { return finding.severity == Severity::error; });
}

void sort(std::vector<Finding>& findings) {
    std::ranges::stable_sort(findings, {}, [](const Finding& finding) {
        return std::tie(finding.file, finding.at.line, finding.at.column);
    });
}

}  // namespace setpoint
