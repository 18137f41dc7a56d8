// SPDX-License-Identifier: Apache-2.0
// Completions for the shells. Their scripts only ask the program: `setpoint __complete WORDS...` answers with a line
// that says what is wanted (words, files, folders), then a word a line, a tab and its help.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/verbs/admin_client.hpp"
#include "agent/verbs/completer.hpp"
#include "agent/verbs/verbs.hpp"

namespace setpoint {
namespace {

constexpr const char* kBash = R"sh(# bash completion of setpoint
_setpoint() {
    local -a answer
    mapfile -t answer < <("${COMP_WORDS[0]/#\~/$HOME}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    COMPREPLY=()
    case ${answer[0]-} in
        files) compopt -o default ;;
        folders) compopt -o dirnames ;;
        words) COMPREPLY=("${answer[@]:1}") && COMPREPLY=("${COMPREPLY[@]%%$'\t'*}") ;;
    esac
}
complete -F _setpoint setpoint
)sh";

constexpr const char* kZsh = R"sh(#compdef setpoint
# zsh completion of setpoint
_setpoint() {
    local -a answer
    answer=("${(@f)$(${~words[1]} __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    case $answer[1] in
        files) compset -P '--*='; _files ;;
        folders) compset -P '--*='; _path_files -/ ;;
        words) answer=("${(@)answer[2,-1]//:/\\:}"); answer=("${(@)answer/$'\t'/:}"); _describe setpoint answer ;;
    esac
}
if [[ $funcstack[1] = _setpoint ]]; then _setpoint "$@"; else compdef _setpoint setpoint; fi
)sh";

constexpr const char* kFish = R"sh(# fish completion of setpoint
function __setpoint_complete
    set -l words (commandline -opc) "$(commandline -ct)"
    set -l answer ($words[1] __complete $words[2..] 2>/dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path "$words[-1]"
        case folders
            __fish_complete_directories "$words[-1]"
        case words
            printf '%s\n' $answer[2..]
    end
end
complete -c setpoint -f -a '(__setpoint_complete)'
)sh";

constexpr Duration kPatience = std::chrono::seconds{1};  // somebody waits at the keyboard

/// What comes from another process ends in a command line: nothing in it may mean anything to a shell.
bool is_plain(const std::string& name) {
    return std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_'; });
}

/// The policies of the agent that the line names; none where none answers.
std::vector<Completion::Candidate> policies_of(const Completion& asked, const std::string& word) {
    const auto given = [&](const char* name) {
        const auto found = asked.given.find(name);
        return found == asked.given.end() ? std::string{} : found->second;
    };
    std::vector<Completion::Candidate> found;
    auto client = AdminClient::connect({given("--admin"), given("--token-file"), given("--ca-file"), kPatience});
    const auto answer = client ? (*client)->get("/api/v1/policies") : tl::unexpected<Error>(client.error());
    if (!answer || !answer->contains("policies")) return found;
    for (const auto& policy : (*answer)["policies"]) {
        if (!policy.is_object() || !policy.contains("id") || !policy["id"].is_string()) continue;
        const auto name = policy["id"].get<std::string>();
        if (name.starts_with(word) && is_plain(name)) found.push_back({name, {}});
    }
    return found;
}

}  // namespace

int answer_shell(const CLI::App& app, const std::vector<std::string>& words) {
    auto completion = complete(app, words);
    if (completion.kind == Completion::Kind::policies) completion.candidates = policies_of(completion, words.back());
    const auto kind = completion.kind;
    fmt::print("{}\n", kind == Completion::Kind::files ? "files" : kind == Completion::Kind::folders ? "folders" : "words");
    for (const auto& [word, help] : completion.candidates) fmt::print("{}{}{}\n", word, help.empty() ? "" : "\t", help);
    return kDone;
}

void add_completion(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("completion", "Prints the completions for a shell");
    auto shell = std::make_shared<std::string>();
    verb->add_option("shell", *shell, "bash, fish or zsh")->required()->check(CLI::IsMember({"bash", "fish", "zsh"}));
    verb->footer(
        "The Debian package has them installed. By hand:\n"
        "  setpoint completion bash > ~/.local/share/bash-completion/completions/setpoint\n"
        "  setpoint completion fish > ~/.config/fish/completions/setpoint.fish\n"
        "  setpoint completion zsh > /usr/local/share/zsh/site-functions/_setpoint");
    verb->callback([shell, &exit_code] {
        fmt::print("{}", *shell == "bash" ? kBash : *shell == "zsh" ? kZsh : kFish);
        exit_code = kDone;
    });
}

}  // namespace setpoint
