// SPDX-License-Identifier: Apache-2.0
// What a command line is answered with that is not understood, and the help that was asked for.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/documents/suggestion.hpp"
#include "agent/verbs/verbs.hpp"

namespace setpoint {
namespace {

/// The verb that was said, or the program.
const CLI::App& verb_of(const CLI::App& app) {
    const auto said = app.get_subcommands();
    return said.empty() ? app : *said.front();
}

std::vector<std::string> options_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* option : app.get_options([](const CLI::Option* one) { return one->nonpositional(); })) {
        names.push_back(option->get_lnames().empty() ? "-" + option->get_snames().front() : "--" + option->get_lnames().front());
    }
    return names;
}

/// Of what is left over the first is what went wrong; the rest may be its values.
std::string left_over(const CLI::App& verb, const std::string& word) {
    if (!word.starts_with('-')) return "unexpected argument " + shown(word);
    const auto options = options_of(verb);
    const std::vector<std::string_view> known{options.begin(), options.end()};
    return "unknown option " + shown(word) + suggest(word.substr(0, word.find('=')), known);
}

/// Of the verb that was said.
std::string usage_of(const CLI::App& app) {
    const auto help = app.help();
    const auto begin = help.find("Usage:");
    return begin == std::string::npos ? std::string{} : help.substr(begin, help.find('\n', begin) - begin) + "\n";
}

}  // namespace

std::string suggest_verb(const CLI::App& app, const std::string& word) {
    std::vector<std::string> names;
    for (const auto* verb : app.get_subcommands({})) names.push_back(verb->get_name());
    const std::vector<std::string_view> known{names.begin(), names.end()};
    return "setpoint: unknown verb " + shown(word) + suggest(word, known) + "\n";
}

std::string complaint(const CLI::App* app, const CLI::Error& error) {
    const auto& verb = verb_of(*app);
    const auto rest = verb.remaining();
    const auto is = [&](CLI::ExitCodes code) { return error.get_exit_code() == static_cast<int>(code); };
    std::string what = error.what();
    if (is(CLI::ExitCodes::ExtrasError) && !rest.empty()) what = left_over(verb, rest.front());
    const auto usage = is(CLI::ExitCodes::RequiredError) ? usage_of(*app) : std::string{};
    return what + "\n" + usage + "Run with --help for more information.\n";
}

void add_help(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("help", "Prints what a verb does, and its options; without one, all verbs");
    auto name = std::make_shared<std::string>();
    verb->add_option("verb", *name, "The verb");
    verb->callback([&app, name, &exit_code] {
        const auto found = app.get_subcommands([&](const CLI::App* one) { return one->get_name() == *name; });
        exit_code = kDone;
        if (name->empty()) {
            // As --help prints it, and not as that of the verb that was said.
            fmt::print("{}", app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal));
        } else if (!found.empty()) {
            fmt::print("{}", found.front()->help(app.get_name()));
        } else {
            fmt::print(stderr, "{}", suggest_verb(app, *name));
            exit_code = kWrongInput;
        }
    });
}

}  // namespace setpoint
