// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/diagnostics.hpp"

namespace setpoint {

/// A place in a text, both counted from 1; 0 where it is about the whole.
struct Place {
    int line = 0;
    int column = 0;
};

/// A complaint and where its cause stands.
struct Finding {
    Severity severity = Severity::error;
    std::string file;
    Place at;
    std::string path;     // `spec.replicas.max`; empty where it is about the text as such
    std::string message;  // what is wrong, what was seen, what is allowed
};

/// `policy.yaml:7:12: spec.replicas: min must not be above max, was 5 above 2`; a warning says so after
/// the place.
[[nodiscard]] std::string to_string(const Finding& finding);

[[nodiscard]] bool has_errors(const std::vector<Finding>& findings);

/// By file, line, column.
void sort(std::vector<Finding>& findings);

}  // namespace setpoint
