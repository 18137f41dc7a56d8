// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "clients/kube_selector.hpp"
#include "clients/reply_json.hpp"
#include "core/result.hpp"

namespace setpoint {

/// As objects write a selector: `matchLabels` and `matchExpressions`, or labels alone, as a ReplicationController does. `bad_reply` for
/// an operator that is not known, since without it other pods would be selected.
[[nodiscard]] Result<KubeSelector> read_selector(const reply_json::Json& selector);

}  // namespace setpoint
