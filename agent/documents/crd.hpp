// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace setpoint {

/// The CustomResourceDefinition `scalingpolicies.setpoint.dev`, of apiextensions.k8s.io/v1, by the same tables as the reader.
///
/// Nothing is defaulted or pruned: a key that nobody knows stays, so that the agent can say what was meant, and for the same
/// reason nothing is required and no choice between kinds is enforced. Values of the wrong type, and out of range, are refused
/// by the server at once.
[[nodiscard]] nlohmann::ordered_json policy_crd();

}  // namespace setpoint
