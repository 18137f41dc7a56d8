// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actuators/catalog.hpp"
#include "agent/documents/finding.hpp"
#include "collectors/catalog.hpp"
#include "policies/guard_settings.hpp"
#include "policies/spec.hpp"

namespace setpoint {

/// One policy document: what control needs of it, what it scales and where its signals come from.
struct PolicyDocument {
    ScalingSpec spec;
    TargetSettings target;
    std::vector<std::optional<SourceSettings>> sources;  // by SignalId; absent: the values are fed in
    std::string file;
    Place at;  // where it begins
    Place name_at;
    Place target_at;
    std::vector<Place> source_at;  // by SignalId
};

/// A server that signals name.
struct SourceDocument {
    std::string name;
    PrometheusSettings prometheus;
    std::vector<std::string> namespaces;  // whose policies may use it; empty: all
    std::string file;
    Place at;
};

/// What holds for all policies together.
struct AgentDocument {
    GuardSettings guards;
    std::string file;
    Place at;
    std::map<std::string, Place> places;  // of what is checked against the policies, by path
};

/// What files said. Policies are there to be used only if `ok`; the findings may be warnings all the same.
struct Documents {
    std::vector<PolicyDocument> policies;
    std::vector<SourceDocument> sources;
    std::vector<AgentDocument> agents;  // one at most, if `ok`
    std::vector<Finding> findings;  // by file, line, column

    [[nodiscard]] bool ok() const { return !has_errors(findings); }
    [[nodiscard]] GuardSettings guards() const { return agents.empty() ? GuardSettings{} : agents.front().guards; }
};

/// Reads files, `-` for the standard input, and of folders their *.yaml and *.yml by name. All that is wrong is reported at once, also
/// what is wrong between documents. Nothing to read is an error.
[[nodiscard]] Documents load_documents(const std::vector<std::string>& paths);

/// The same for one text; `file` is what messages call it.
[[nodiscard]] Documents parse_documents(std::string_view text, const std::string& file);

}  // namespace setpoint
