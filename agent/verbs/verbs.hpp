// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Error;
}

namespace setpoint {

// What a word of the command line names, as its `type_name`: --help says it, the shells complete it.
inline constexpr const char* kFileWord = "FILE";
inline constexpr const char* kFolderWord = "FOLDER";
inline constexpr const char* kPolicyWord = "POLICY";  // of a running agent

/// What a verb ends with.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;      // it was tried, and it failed
inline constexpr int kWrongInput = 2;  // a flag, a file or a policy is wrong

// One a verb: adds the subcommand, whose callback sets `exit_code`. Results go to stdout, talk to stderr.
void add_adoption(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_completion(CLI::App& app, int& exit_code);
void add_decide(CLI::App& app, int& exit_code);
void add_dry_run(CLI::App& app, int& exit_code);
void add_explain(CLI::App& app, int& exit_code);
void add_help(CLI::App& app, int& exit_code);
void add_import(CLI::App& app, int& exit_code);
void add_manual(CLI::App& app, int& exit_code);
void add_operator(CLI::App& app, int& exit_code);
void add_rbac(CLI::App& app, int& exit_code);
void add_record(CLI::App& app, int& exit_code);
void add_run(CLI::App& app, int& exit_code);
void add_replay(CLI::App& app, int& exit_code);
void add_overrides(CLI::App& app, int& exit_code);
void add_status(CLI::App& app, int& exit_code);
void add_schema(CLI::App& app, int& exit_code);

/// A line that names a word which is no verb, with the one that may be meant.
[[nodiscard]] std::string suggest_verb(const CLI::App& app, const std::string& word);
/// What is said of a command line that is not understood.
[[nodiscard]] std::string complaint(const CLI::App* app, const CLI::Error& error);

/// The first word of what a shell's completion asks, and the answer to the words after it, of which the last is being
/// typed; on stdout.
inline constexpr const char* kCompleteWord = "__complete";
[[nodiscard]] int answer_shell(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace setpoint
