// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/documents/finding.hpp"
#include "agent/documents/yaml_text.hpp"

namespace setpoint {

/// What became of a text with other autoscalers' objects.
struct Imported {
    std::string yaml;               // the policies, each a document; empty where there are none
    std::size_t policies = 0;
    std::vector<Finding> findings;  // errors: the input is wrong; warnings: what has no counterpart, and what to do

    [[nodiscard]] bool ok() const { return !has_errors(findings); }
};

/// A dump of a large cluster is larger than any policy file.
inline constexpr YamlLimits kImportLimits{64U << 20U, 64, 2'000'000};

/// Policies that decide as the HorizontalPodAutoscalers and ScaledObjects of `text` do: several documents, and lists. Every
/// policy passes `check`. An object that is wrong gives none, the others do.
[[nodiscard]] Imported import_policies(std::string_view text, const std::string& file);

}  // namespace setpoint
