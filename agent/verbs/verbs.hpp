// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace setpoint {

/// What a verb ends with.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;      // it was tried, and it failed
inline constexpr int kWrongInput = 2;  // a flag, a file or a policy is wrong

// One a verb: adds the subcommand, whose callback sets `exit_code`. Results go to stdout, talk to stderr.
void add_check(CLI::App& app, int& exit_code);
void add_decide(CLI::App& app, int& exit_code);
void add_dry_run(CLI::App& app, int& exit_code);
void add_explain(CLI::App& app, int& exit_code);
void add_record(CLI::App& app, int& exit_code);
void add_run(CLI::App& app, int& exit_code);
void add_replay(CLI::App& app, int& exit_code);
void add_overrides(CLI::App& app, int& exit_code);
void add_status(CLI::App& app, int& exit_code);
void add_schema(CLI::App& app, int& exit_code);

}  // namespace setpoint
