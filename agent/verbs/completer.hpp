// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}

namespace setpoint {

/// What may stand in the place of a word that is being typed.
struct Completion {
    enum class Kind { words, files, folders, policies };  // policies: those of a running agent
    struct Candidate {
        std::string word;
        std::string help;
    };
    Kind kind = Kind::words;
    std::vector<Candidate> candidates;         // of `words` alone: what begins like the one being typed
    std::map<std::string, std::string> given;  // the options before it, by their long name: `--admin`
};

/// What an option allows, where that is a list of words.
[[nodiscard]] std::vector<std::string> values_of(const CLI::Option& option);

/// Completes the last of `words`, which may be empty, by the definition of `app`. `words` follow the program's name.
[[nodiscard]] Completion complete(const CLI::App& app, std::vector<std::string> words);

}  // namespace setpoint
