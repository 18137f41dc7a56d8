// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "agent/documents/agents.hpp"
#include "agent/documents/document.hpp"
#include "agent/documents/sources.hpp"
#include "agent/verbs/verbs.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

std::string_view to_string(Mode mode) {
    switch (mode) {
        case Mode::live: return "live";
        case Mode::shadow: return "shadow";
        case Mode::off: return "off";
    }
    return "live";
}

/// `cart: docker label app=cart, 2 to 40 replicas every 5s by track.cpu, calm (live)`
std::string summary(const PolicyDocument& document) {
    const auto& spec = document.spec;
    std::string policies;
    for (const auto& entry : spec.policies) policies += (policies.empty() ? "" : ", ") + entry.name;
    return fmt::format("{}{}{}: {}, {} to {} replicas every {} by {} ({})", spec.name_space, spec.name_space.empty() ? "" : "/", spec.name,
                       identity(document.target), spec.replicas.min, spec.replicas.max, format_duration(spec.interval), policies,
                       to_string(spec.mode));
}

int check(const std::vector<std::string>& files) {
    auto documents = load_documents(files);
    if (documents.ok()) std::ranges::move(signals_without_server(documents), std::back_inserter(documents.findings));
    sort(documents.findings);
    std::size_t errors = 0;
    for (const auto& finding : documents.findings) {
        if (finding.severity == Severity::error) ++errors;
        fmt::print("{}\n", to_string(finding));
    }
    if (errors > 0) {
        fmt::print(stderr, "{} error{}, {} warning{}\n", errors, errors == 1 ? "" : "s", documents.findings.size() - errors,
                   documents.findings.size() - errors == 1 ? "" : "s");
        return kWrongInput;
    }
    for (const auto& agent : documents.agents) fmt::print("all policies together: {}\n", describe(agent.guards));
    for (const auto& document : documents.policies) fmt::print("{}\n", summary(document));
    return kDone;
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("check", "Validates policy files; exit 0, or 2 and every error");
    auto files = std::make_shared<std::vector<std::string>>();
    verb->add_option("file", *files, "Policy files, or folders of them (*.yaml, *.yml); - is the standard input")->required()->type_name(kFileWord);
    verb->callback([files, &exit_code] { exit_code = check(*files); });
}

}  // namespace setpoint
