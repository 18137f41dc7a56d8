// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include "core/diagnostics.hpp"

namespace setpoint {

struct PolicyDocument;

/// Warns of what is legal and unwise. Paths are those of the document's `spec`.
void advise(const PolicyDocument& document, const std::set<std::string>& used_signals, Diagnostics& out);

}  // namespace setpoint
