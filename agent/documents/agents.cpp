// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/agents.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>

#include "agent/documents/suggestion.hpp"

namespace setpoint {
namespace {

/// A budget for nobody is a mistake; a pattern that finds nobody yet may be meant so.
void check_names(const AgentDocument& agent, std::size_t at, Documents& documents) {
    const auto& budget = agent.guards.budgets[at];
    std::vector<std::string_view> names;
    for (const auto& policy : documents.policies) names.push_back(policy.spec.name);
    for (std::size_t i = 0; i < budget.policies.size(); ++i) {
        const auto& pattern = budget.policies[i];
        if (std::ranges::any_of(names, [&](std::string_view name) { return matches_any({pattern}, name); })) continue;
        const auto path = fmt::format("spec.guards.budgets[{}].policies[{}]", at, i);
        const bool open = pattern.find('*') != std::string::npos;
        documents.findings.push_back({open ? Severity::warning : Severity::error, agent.file, agent.places.at(path), path,
                                      fmt::format("no policy has the name {}{}", shown(pattern), open ? std::string{} : suggest(pattern, names))});
    }
}

}  // namespace

void check_agent(Documents& documents) {
    for (std::size_t i = 1; i < documents.agents.size(); ++i) {
        const auto& first = documents.agents.front();
        documents.findings.push_back({Severity::error, documents.agents[i].file, documents.agents[i].at, "kind",
                                      fmt::format("there may be one Agent, and another is in {}:{}", first.file, first.at.line)});
    }
    // A file with nothing but the Agent is looked at for itself.
    if (documents.agents.size() != 1 || documents.policies.empty()) return;
    const auto& agent = documents.agents.front();
    for (std::size_t i = 0; i < agent.guards.budgets.size(); ++i) check_names(agent, i, documents);
    std::vector<ScalingSpec> specs;
    for (const auto& policy : documents.policies) specs.push_back(policy.spec);
    Diagnostics together;
    validate(agent.guards, specs, together);
    for (const auto& complaint : together.complaints()) {
        const auto path = "spec.guards." + complaint.path;
        if (const auto place = agent.places.find(path); place != agent.places.end()) {
            documents.findings.push_back({complaint.severity, agent.file, place->second, path, complaint.message});
        }
    }
}

std::string describe(const GuardSettings& guards) {
    std::vector<std::string> limits;
    if (guards.starts_per_minute) limits.push_back(fmt::format("at most {} starts a minute", *guards.starts_per_minute));
    if (guards.shrink_per_ten_minutes) limits.push_back(fmt::format("at most {} fewer in ten minutes", *guards.shrink_per_ten_minutes));
    for (const auto& budget : guards.budgets) {
        limits.push_back(fmt::format("at most {} replicas of {}", budget.replicas, describe(budget)));
    }
    return limits.empty() ? "no limits" : fmt::format("{}", fmt::join(limits, "; "));
}

}  // namespace setpoint
