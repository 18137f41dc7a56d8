// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/documents/document.hpp"

namespace setpoint {

/// A policy as the cluster keeps it: a ScalingPolicy object.
struct ObjectDocument {
    std::string json;   // apiVersion, kind, metadata.name and metadata.namespace, spec
    std::string place;  // what messages call it: shop/cart
};

/// The one policy, read by the same tables as a file's, or all that is wrong with it. Its target is in its own namespace; of
/// servers it may only name the `sources` that the agent's own files have: whoever may write a policy is not who runs the
/// agent, and must not have it ask any place with its credentials.
[[nodiscard]] Documents parse_object(const ObjectDocument& object, const std::vector<SourceDocument>& sources);

/// What is wrong, in one line, by path: people know the object, and its lines are nobody's.
[[nodiscard]] std::string in_one_line(const std::vector<Finding>& findings);

}  // namespace setpoint
