// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/documents/document.hpp"

namespace setpoint {

/// Gives every signal the server that it names, and says which do not exist. A signal without a name has the only
/// source of its kind; where there is none, its values are fed in, as in a dry run.
void resolve_sources(Documents& documents);

/// A warning for each signal that wants a server and was given none by these documents; others, read beside them, may have it.
[[nodiscard]] std::vector<Finding> signals_without_server(const Documents& documents);

}  // namespace setpoint
