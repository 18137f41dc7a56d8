// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "actuators/catalog.hpp"
#include "agent/documents/document.hpp"
#include "agent/documents/yaml_text.hpp"
#include "core/replicas.hpp"

namespace setpoint {

/// A policy as the label of a container says it: the `spec` of a document, without the target.
struct LabelDocument {
    std::string text;
    std::string place;    // what messages call it: container web-1, label setpoint.dev/scale
    std::string name;     // of the policy
    DockerTarget target;
};

/// What holds for all labels: whoever can label a container is not the operator.
struct LabelRules {
    std::vector<SourceDocument> sources;  // that the agent's own files name
    Replicas most_replicas = 100;         // that a policy may go up to
};

inline constexpr YamlLimits kLabelLimits{16U << 10U, 16, 2000};

/// The one policy, read by the same tables as a file's, or all that is wrong with it, with line and column of the label's
/// text. Paths begin inside of `spec`.
[[nodiscard]] Documents parse_label(const LabelDocument& label, const LabelRules& rules);

}  // namespace setpoint
