// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace setpoint {

/// A document as a person would write it: a value that fits into the rest of a line stands there (`{ kind: Deployment, name: cart }`),
/// others an entry a line; texts are quoted only where YAML (1.1 too) would take them for something else. Ends with a line feed.
[[nodiscard]] std::string to_yaml(const nlohmann::ordered_json& document);

}  // namespace setpoint
