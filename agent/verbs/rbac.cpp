// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/rbac.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "agent/documents/yaml_writer.hpp"
#include "agent/verbs/live_options.hpp"
#include "agent/verbs/verbs.hpp"

namespace setpoint {
namespace {

struct RbacOptions {
    std::vector<std::string> files;
    std::vector<std::string> resources;
    std::string account = "setpoint/setpoint";
    RbacScope scope;
};

int refuse(const std::string& message) {
    fmt::print(stderr, "setpoint rbac: {}\n", message);
    return kWrongInput;
}

int rbac(RbacOptions options) {
    const auto slash = options.account.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == options.account.size()) return refuse("--service-account must be NAMESPACE/NAME, was '" + options.account + "'");
    options.scope.account_namespace = options.account.substr(0, slash);
    options.scope.account = options.account.substr(slash + 1);
    for (const auto& resource : options.resources) {
        if (const auto read = read_resource(resource, options.scope.resources); !read) return refuse("--resource " + read.error().message);
    }
    const auto documents = load_documents(options.files);
    for (const auto& finding : documents.findings) {
        if (finding.severity == Severity::error) fmt::print(stderr, "{}\n", to_string(finding));
    }
    if (!documents.ok()) return kWrongInput;
    const bool any = std::ranges::any_of(documents.policies, [](const PolicyDocument& policy) { return std::holds_alternative<KubernetesTarget>(policy.target); });
    if (!any) return refuse("no policy with a kubernetes target in these files");
    const auto roles = rbac_for(documents.policies, options.scope);
    if (!roles) return refuse(roles.error().message);
    const char* before = "";
    for (const auto& role : *roles) fmt::print("{}{}", std::exchange(before, "---\n"), to_yaml(role));
    return kDone;
}

}  // namespace

void add_rbac(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("rbac", "Prints the least Kubernetes permissions that these policies need");
    auto options = std::make_shared<RbacOptions>();
    verb->add_option("-f,--file", options->files, "Policy files, or folders of them (*.yaml, *.yml); - is the standard input")->required()->type_name(kFileWord);
    verb->add_flag("--cluster-wide", options->scope.cluster_wide, "One ClusterRole, for every namespace and for policies to come, in place of a Role for each namespace");
    verb->add_flag("--kubelets", options->scope.kubelets, "And a ClusterRole for operator --pod-metrics kubelet, which reads nodes and their kubelets' metrics");
    verb->add_option("--service-account", options->account, "Who gets them, as NAMESPACE/NAME")->capture_default_str()->type_name("NAMESPACE/NAME");
    verb->add_option("--namespace", options->scope.name_space, "The namespace of policies that name none")->capture_default_str()->type_name("NAME");
    verb->add_option("--lease", options->scope.lease, "The Lease by which agents elect their leader")->capture_default_str()->type_name("NAME");
    add_shards_option(*verb, options->scope.shards, "How many shards the agents' policies are in, as `setpoint operator --shards` says: the Leases are NAME-0, NAME-1, ...");
    verb->add_option("--resource", options->resources, "What a kind that Kubernetes does not have itself is called: Rollout=rollouts.argoproj.io")->type_name("KIND=PLURAL.GROUP");
    verb->callback([options, &exit_code] { exit_code = rbac(*options); });
}

}  // namespace setpoint
