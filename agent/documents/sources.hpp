// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/documents/document.hpp"

namespace setpoint {

/// Gives every signal the server that it names, and says which do not exist. A signal without a name has the only
/// source of its kind; where there is none, its values are fed in, as in a dry run.
void resolve_sources(Documents& documents);

}  // namespace setpoint
