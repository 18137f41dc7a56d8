// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <utility>

#include "agent/documents/agents.hpp"
#include "agent/live/agent.hpp"
#include "agent/verbs/live_options.hpp"
#include "agent/verbs/verbs.hpp"

namespace setpoint {
namespace {

struct OperatorOptions {
    LiveOptions live;
    std::string ns;     // empty: all
    std::string mode;   // empty: as the policies say
    std::size_t shards = 1;
    std::string state;  // empty: default_state_folder
    AdminOptions admin;
};

Result<AgentSettings> settings_of(const OperatorOptions& options) {
    if (auto fine = files_of(options.live); !fine) return tl::unexpected<Error>(std::move(fine.error()));
    AgentSettings settings;
    const bool shadow = options.mode == "shadow";
    const auto shards = shadow ? 1 : options.shards;  // one in shadow has no part in the work: it follows all
    settings.cluster = ClusterSide::Settings{options.ns, shadow, shards};
    settings.files = {options.live.files, false, PoliciesFrom::files_or_elsewhere};
    auto own = policies_of(options.live, false, settings.files.from);
    if (!own) return tl::unexpected<Error>(std::move(own.error()));
    settings.own = std::move(*own);
    if (!settings.own.policies.empty()) {
        return fail(Errc::bad_config, settings.own.policies.front().origin + ": a ScalingPolicy: the operator takes them from the cluster (kubectl apply -f)");
    }
    auto cluster = cluster_of(options.live);
    if (!cluster) return tl::unexpected<Error>(std::move(cluster.error()));
    cluster->shadow = shadow;
    cluster->shards = shards;
    settings.where = std::move(*cluster);
    auto state = state_folder(options.state);
    if (!state) return tl::unexpected<Error>(std::move(state.error()));
    settings.state = std::move(*state);
    auto admin = admin_settings(options.admin);
    if (!admin) return tl::unexpected<Error>(std::move(admin.error()));
    settings.admin = std::move(*admin);
    settings.version = SETPOINT_VERSION;
    return settings;
}

int operate(const OperatorOptions& options) {
    auto settings = settings_of(options);
    if (!settings) return complain(settings.error());
    const auto log = log_of(options.live);
    log->info("setpoint {} as operator of {}, {}, state in {}", SETPOINT_VERSION, name_of(settings->where),
              options.ns.empty() ? "all namespaces" : "namespace " + options.ns, settings->state.string());
    if (settings->own.guards.any()) log->info("all policies together: {}", describe(settings->own.guards));
    auto agent = Agent::make(std::move(*settings), *log);
    if (!agent) return complain(agent.error());
    if (auto ended = (*agent)->run(); !ended) return complain(ended.error());
    agent->reset();
    log->info("stopped");
    return kDone;
}

}  // namespace

void add_operator(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("operator", "Scales live, by the ScalingPolicy objects of a Kubernetes cluster, until SIGTERM or SIGINT");
    auto options = std::make_shared<OperatorOptions>();
    add_cluster_options(*verb, options->live);
    verb->add_option("-f,--file", options->live.files, "Files, or folders of them, with the Sources that policies may name, and limits over all policies")
        ->type_name(kFileWord);
    verb->add_option("-n,--namespace", options->ns, "Only the policies of this namespace (default: of all)");
    verb->add_option("--mode", options->mode, "shadow: watch and decide, and write nothing to the cluster; beside another operator too")->check(CLI::IsMember({"shadow"}));
    add_lease_options(*verb, options->live);
    add_shards_option(*verb, options->shards, "How many shards the policies are in, for several agents that share them; the same for all of these. Each has a Lease "
                                              "NAME-0, NAME-1, ...; 1: one agent scales all, by the Lease NAME");
    add_kubelet_options(*verb, options->live);
    add_agent_options(*verb, options->state, options->admin);
    verb->callback([options, &exit_code] { exit_code = operate(*options); });
}

}  // namespace setpoint
