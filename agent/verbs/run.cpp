// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/admin/gate.hpp"
#include "agent/live/agent.hpp"
#include "agent/live/live_policy.hpp"
#include "agent/live/log_format.hpp"
#include "agent/live/state_folder.hpp"
#include "agent/verbs/verbs.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

struct RunOptions {
    std::vector<std::string> files;
    std::string mode;         // empty: as the documents say
    std::string state;        // empty: default_state_folder
    std::string docker_host;  // empty: as the environment says
    std::string log_format = "text";
    AdminOptions admin;
};

int complain(const Error& error) {
    fmt::print(stderr, "setpoint: {}\n", error.message);
    return error.code == Errc::bad_config ? kWrongInput : kFailed;
}

Result<AgentSettings> settings_of(const RunOptions& options) {
    AgentSettings settings;
    settings.files = {options.files, options.mode == "shadow"};
    auto loaded = load_policies(settings.files.paths, settings.files.shadow);
    if (!loaded) {
        fmt::print(stderr, "{}\n", loaded.error().message);
        return fail(Errc::bad_config, "does not start with wrong policies");
    }
    for (const auto& warning : loaded->warnings) fmt::print(stderr, "{}\n", warning);
    settings.policies = std::move(loaded->policies);
    settings.state = options.state;
    if (options.state.empty()) {
        auto folder = default_state_folder(::getenv, ::getuid());
        if (!folder) return tl::unexpected<Error>(std::move(folder.error()));
        settings.state = std::move(*folder);
    }
    auto engine = docker_endpoint([&](const char* name) -> const char* {
        if (std::string_view{name} == "DOCKER_HOST" && !options.docker_host.empty()) return options.docker_host.c_str();
        return ::getenv(name);
    });
    if (!engine) return tl::unexpected<Error>(std::move(engine.error()));
    settings.engine = std::move(*engine);
    auto admin = admin_settings(options.admin);
    if (!admin) return tl::unexpected<Error>(std::move(admin.error()));
    settings.admin = std::move(*admin);
    settings.version = SETPOINT_VERSION;
    settings.lock_folders = {"/run/lock", settings.state};
    return settings;
}

std::string_view words_for(Mode mode) {
    switch (mode) {
        case Mode::live: return "live";
        case Mode::shadow: return "shadow: watches, changes nothing";
        case Mode::off: return "off";
    }
    return "off";
}

void say_what_runs(const AgentSettings& settings, spdlog::logger& log) {
    log.info("setpoint {} on the Engine at {}, state in {}", SETPOINT_VERSION, settings.engine.name, settings.state.string());
    for (const auto& policy : settings.policies) {
        const auto& spec = policy.spec;
        log.info("{}: {}, {} to {} replicas, every {} ({})", spec.name, policy.target,
                 spec.replicas.min, spec.replicas.max, format_duration(spec.interval), words_for(spec.mode));
    }
}

int run(const RunOptions& options) {
    auto settings = settings_of(options);
    if (!settings) return complain(settings.error());
    spdlog::logger log{"setpoint", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
    log.set_formatter(options.log_format == "json" ? json_lines() : text_lines());
    log.flush_on(spdlog::level::trace);
    say_what_runs(*settings, log);
    auto agent = Agent::make(std::move(*settings), log);
    if (!agent) return complain(agent.error());
    if (auto ended = (*agent)->run(); !ended) return complain(ended.error());
    agent->reset();
    log.info("stopped");
    return kDone;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("run", "Scales live, by policies from files, until SIGTERM or SIGINT");
    auto options = std::make_shared<RunOptions>();
    verb->add_option("-f,--file", options->files, "Policy files, or folders of them (*.yaml, *.yml)")->required();
    verb->add_option("--mode", options->mode, "shadow: watch and decide, and change nothing")->check(CLI::IsMember({"shadow"}));
    verb->add_option("--state-dir", options->state,
                     "Where journal and checkpoint are kept (default: $STATE_DIRECTORY; /var/lib/setpoint as root; else "
                     "~/.local/state/setpoint)");
    verb->add_option("--docker-host", options->docker_host,
                     "The Engine: unix:///run/docker.sock or tcp://host:2376 (default: $DOCKER_HOST)");
    verb->add_option("--log-format", options->log_format, "text, or json: an object a line")->check(CLI::IsMember({"text", "json"}));
    verb->add_option("--admin", options->admin.address,
                     "Where page, API and metrics are served, or off. Off loopback it needs the next three")
        ->capture_default_str();
    verb->add_option("--admin-cert", options->admin.certificate, "TLS for --admin: the certificate and its chain, PEM");
    verb->add_option("--admin-key", options->admin.key, "Its key, PEM");
    verb->add_option("--admin-token-file", options->admin.token_file, "Who has this file's token may use --admin");
    verb->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace setpoint
