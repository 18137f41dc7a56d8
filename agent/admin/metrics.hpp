// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "agent/admin/answers.hpp"

namespace setpoint {

/// What Prometheus asks for, in its text format. Reads on the main thread; the function that comes back makes the
/// text on any other. Every name is in docs/metrics.md; labels come from the configuration and from enumerations.
[[nodiscard]] std::function<std::string()> metrics_text(const AdminView& view);

}  // namespace setpoint
