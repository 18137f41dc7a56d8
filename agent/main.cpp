// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "agent/verbs/verbs.hpp"

int main(int argc, char** argv) {
    using namespace setpoint;
    int exit_code = kDone;
    CLI::App app{"An autoscaling control agent: watches signals, decides on replica counts, explains why."};
    app.name("setpoint");
    app.set_version_flag("--version", "setpoint " SETPOINT_VERSION);
    app.require_subcommand(1);
    app.footer("Exit codes: 0 done, 1 it failed, 2 the input was wrong. `setpoint VERB --help` says more.");
    add_check(app, exit_code);
    add_decide(app, exit_code);
    add_dry_run(app, exit_code);
    add_run(app, exit_code);
    add_replay(app, exit_code);
    add_schema(app, exit_code);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kDone : kWrongInput;  // help and version are no errors
    } catch (const std::exception& error) {
        std::fprintf(stderr, "setpoint: %s\n", error.what());
        return kFailed;
    }
    return exit_code;
}
