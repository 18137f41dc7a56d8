// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "agent/admin/gate.hpp"
#include "agent/documents/agents.hpp"
#include "agent/live/agent.hpp"
#include "agent/live/live_policy.hpp"
#include "agent/verbs/live_options.hpp"
#include "agent/verbs/verbs.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

struct RunOptions {
    LiveOptions live;
    std::string mode;   // empty: as the documents say
    std::string state;  // empty: default_state_folder
    bool labels = false;
    Replicas labels_max_replicas = LabelRules{}.most_replicas;
    AdminOptions admin;
};

Result<AgentSettings> settings_of(const RunOptions& options) {
    if (auto fine = files_of(options.live); !fine) return tl::unexpected<Error>(std::move(fine.error()));
    AgentSettings settings;
    settings.files = {options.live.files, options.mode == "shadow", options.labels ? PoliciesFrom::files_or_elsewhere : PoliciesFrom::files};
    auto own = policies_of(options.live, settings.files.shadow, settings.files.from);
    if (!own) return tl::unexpected<Error>(std::move(own.error()));
    settings.own = std::move(*own);
    if (options.labels) settings.labels = {settings.files.shadow, options.labels_max_replicas};
    auto state = state_folder(options.state);
    if (!state) return tl::unexpected<Error>(std::move(state.error()));
    settings.state = std::move(*state);
    auto where = whereabouts_of(options.live, settings.own.policies, {"/run/lock", settings.state});
    if (!where) return tl::unexpected<Error>(std::move(where.error()));
    settings.where = std::move(*where);
    if (auto* cluster = std::get_if<ClusterSettings>(&settings.where)) cluster->shadow = settings.files.shadow;
    if (options.labels && !std::holds_alternative<DockerSettings>(settings.where)) {
        return fail(Errc::bad_config, "--policies-from-labels: the policies of the files speak of a cluster, and labels are read from an Engine's containers");
    }
    auto admin = admin_settings(options.admin);
    if (!admin) return tl::unexpected<Error>(std::move(admin.error()));
    settings.admin = std::move(*admin);
    settings.version = SETPOINT_VERSION;
    return settings;
}

void say_what_runs(const AgentSettings& settings, spdlog::logger& log) {
    log.info("setpoint {} on {}, state in {}", SETPOINT_VERSION, name_of(settings.where), settings.state.string());
    if (settings.own.guards.any()) log.info("all policies together: {}", describe(settings.own.guards));
    for (const auto& policy : settings.own.policies) log.info("{}", summary(policy));
    if (settings.labels) log.info("containers may say their policy in the label {}", kScaleLabel);
}

int run(const RunOptions& options) {
    auto settings = settings_of(options);
    if (!settings) return complain(settings.error());
    const auto log = log_of(options.live);
    say_what_runs(*settings, *log);
    auto agent = Agent::make(std::move(*settings), *log);
    if (!agent) return complain(agent.error());
    if (auto ended = (*agent)->run(); !ended) return complain(ended.error());
    agent->reset();
    log->info("stopped");
    return kDone;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("run", "Scales live, by policies from files, until SIGTERM or SIGINT");
    auto options = std::make_shared<RunOptions>();
    auto* files = add_live_options(*verb, options->live);
    files->required(false);
    auto* labels = verb->add_flag("--policies-from-labels", options->labels,
                                  "Containers may say their policy in the label setpoint.dev/scale; -f may then hold only "
                                  "Sources, or be left out. Whoever may label a container may have it scaled");
    verb->add_option("--labels-max-replicas", options->labels_max_replicas, "The most replicas that a policy from a label may ask for")
        ->check(CLI::Range(Replicas{1}, kMaxReplicas))
        ->needs(labels)
        ->capture_default_str();
    verb->add_option("--mode", options->mode, "shadow: watch and decide, and change nothing")->check(CLI::IsMember({"shadow"}));
    add_lease_options(*verb, options->live);
    add_kubelet_options(*verb, options->live);
    add_agent_options(*verb, options->state, options->admin);
    verb->callback([options, files, labels, &exit_code] {
        if (files->empty() && labels->empty()) throw CLI::RequiredError(files->get_name());
        exit_code = run(*options);
    });
}

}  // namespace setpoint
