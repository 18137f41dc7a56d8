// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace setpoint {

/// This process as /proc shows it; 0 where it cannot be read.
struct ProcessFacts {
    double cpu_seconds = 0;
    double resident_bytes = 0;
    double virtual_bytes = 0;
    double open_files = 0;
    double most_files = 0;
    double started = 0;  // Unix seconds
};

[[nodiscard]] ProcessFacts process_facts();

}  // namespace setpoint
