// SPDX-License-Identifier: Apache-2.0
#include "agent/verbs/live_options.hpp"

#include <fmt/core.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "agent/live/log_format.hpp"
#include "agent/verbs/verbs.hpp"

namespace setpoint {

CLI::Option* add_live_options(CLI::App& verb, LiveOptions& options) {
    auto* files = verb.add_option("-f,--file", options.files, "Policy files, or folders of them (*.yaml, *.yml)")->required()->type_name(kFileWord);
    verb.add_option("--docker-host", options.docker_host,
                    "The Engine: unix:///run/docker.sock or tcp://host:2376 (default: $DOCKER_HOST)");
    verb.add_option("--log-format", options.log_format, "text, or json: an object a line")->check(CLI::IsMember({"text", "json"}));
    return files;
}

Result<LoadedPolicies> policies_of(const LiveOptions& options, bool shadow, PoliciesFrom from) {
    auto loaded = load_policies(options.files, shadow, from);
    if (!loaded) {
        fmt::print(stderr, "{}\n", loaded.error().message);
        return fail(Errc::bad_config, "does not start with wrong policies");
    }
    for (const auto& warning : loaded->warnings) fmt::print(stderr, "{}\n", warning);
    return loaded;
}

Result<DockerEndpoint> engine_of(const LiveOptions& options) {
    return docker_endpoint([&](const char* name) -> const char* {
        if (std::string_view{name} == "DOCKER_HOST" && !options.docker_host.empty()) return options.docker_host.c_str();
        return ::getenv(name);
    });
}

std::shared_ptr<spdlog::logger> log_of(const LiveOptions& options) {
    auto log = std::make_shared<spdlog::logger>("setpoint", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    log->set_formatter(options.log_format == "json" ? json_lines() : text_lines());
    log->flush_on(spdlog::level::trace);
    return log;
}

int complain(const Error& error) {
    fmt::print(stderr, "setpoint: {}\n", error.message);
    return error.code == Errc::bad_config ? kWrongInput : kFailed;
}

}  // namespace setpoint
