// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

#include "agent/verbs/verbs.hpp"

namespace {

/// A first word that is no verb; CLI11 only says that a verb is wanted.
bool names_no_verb(const CLI::App& app, int argc, char** argv) {
    if (argc < 2 || argv[1][0] == '-' || !app.get_subcommands().empty()) return false;
    fmt::print(stderr, "{}", setpoint::suggest_verb(app, argv[1]));
    return true;
}

/// Without the destructors of static objects: a request that was given up may still be in the hands of cpprestsdk's threads, which
/// OpenSSL's own cleanup does not wait for.
[[noreturn]] void leave(int exit_code) {
    std::cout.flush();
    std::fflush(nullptr);
    std::_Exit(exit_code);
}

}  // namespace

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
    add_record(app, exit_code);
    add_run(app, exit_code);
    add_operator(app, exit_code);
    add_status(app, exit_code);
    add_explain(app, exit_code);
    add_overrides(app, exit_code);
    add_replay(app, exit_code);
    add_import(app, exit_code);
    add_adoption(app, exit_code);
    add_rbac(app, exit_code);
    add_schema(app, exit_code);
    add_completion(app, exit_code);
    add_manual(app, exit_code);
    add_help(app, exit_code);
    app.failure_message(complaint);
    try {
        if (argc > 1 && std::string_view{argv[1]} == kCompleteWord) return answer_shell(app, {argv + 2, argv + argc});
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (names_no_verb(app, argc, argv)) return kWrongInput;
        exit_code = app.exit(error) == 0 ? kDone : kWrongInput;  // help and version are no errors
    } catch (const std::exception& error) {
        std::fprintf(stderr, "setpoint: %s\n", error.what());
        return kFailed;
    }
    // The help, and whatever a verb still had in hand: a full disk must not pass for success.
    if (exit_code != kDone) leave(exit_code);
    if (!std::cout.flush() || std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        std::fputs("setpoint: cannot write to the standard output\n", stderr);
        return kFailed;
    }
    leave(exit_code);
}
