// SPDX-License-Identifier: Apache-2.0
#include "agent/decide/decide.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/documents/document.hpp"
#include "agent/verbs/verbs.hpp"
#include "core/standard_input.hpp"

namespace setpoint {
namespace {

/// The policy to decide for: the only one, or the one named; and the guards it stands under. Complains on stderr.
std::optional<std::pair<ScalingSpec, GuardSettings>> pick(const std::vector<std::string>& files, const std::string& name) {
    if (std::ranges::any_of(files, is_standard_input)) {
        fmt::print(stderr, "-f -: the standard input has the observations; the policy must be in a file\n");
        return std::nullopt;
    }
    auto documents = load_documents(files);
    if (!documents.ok()) {
        for (const auto& finding : documents.findings) fmt::print(stderr, "{}\n", to_string(finding));
        return std::nullopt;
    }
    std::vector<std::string> known;
    for (auto& document : documents.policies) {
        if (document.spec.name == name || (name.empty() && documents.policies.size() == 1))
            return std::pair{std::move(document.spec), documents.guards()};
        known.push_back(document.spec.name);
    }
    if (known.empty())
        fmt::print(stderr, "there is no policy, only sources and guards\n");
    else if (name.empty())
        fmt::print(stderr, "several policies: say which with --policy (known: {})\n", fmt::join(known, ", "));
    else
        fmt::print(stderr, "--policy: must be one of {}, was '{}'\n", fmt::join(known, ", "), name);
    return std::nullopt;
}

/// The next line without its end; a line longer than allowed is cut one byte past that. False at the end.
bool read_line(std::FILE* in, std::string& line) {
    line.clear();
    int c = std::getc(in);
    if (c == EOF) return false;
    for (; c != EOF && c != '\n'; c = std::getc(in)) {
        line.push_back(static_cast<char>(c));
        if (line.size() > kMostLine) break;
    }
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return true;
}

int decide(const std::vector<std::string>& files, const std::string& policy) {
    auto picked = pick(files, policy);
    if (!picked) return kWrongInput;
    auto decider = Decider::of(std::move(picked->first), std::move(picked->second));
    if (!decider) {
        fmt::print(stderr, "{}\n", decider.error().message);
        return kWrongInput;
    }
    std::string line;
    for (std::size_t number = 1; read_line(stdin, line); ++number) {
        if (line.size() <= kMostLine && line.find_first_not_of(" \t") == std::string::npos) continue;
        auto answer = decider->answer(line);
        if (!answer) {
            fmt::print(stderr, "line {}: {}\n", number, answer.error().message);
            return kWrongInput;
        }
        for (const auto& warning : decider->warnings()) fmt::print(stderr, "line {}: warning: {}\n", number, warning);
        answer->push_back('\n');
        if (std::fwrite(answer->data(), 1, answer->size(), stdout) != answer->size() || std::fflush(stdout) != 0) {
            fmt::print(stderr, "cannot write the answer to line {}\n", number);
            return kFailed;
        }
    }
    if (std::ferror(stdin) != 0) {
        fmt::print(stderr, "cannot read the standard input\n");
        return kFailed;
    }
    return kDone;
}

}  // namespace

void add_decide(CLI::App& app, int& exit_code) {
    struct Flags {
        std::vector<std::string> files;
        std::string policy;
    };
    auto* verb =
        app.add_subcommand("decide", "The pure core alone: observations in on stdin, decisions out, as JSON lines");
    auto flags = std::make_shared<Flags>();
    verb->add_option("-f,--file", flags->files, "The policy file")->required()->type_name(kFileWord);
    verb->add_option("--policy", flags->policy, "Which policy, where the file has several");
    verb->footer(
        "One line in, one line out, at once:\n"
        R"(  {"time": 1700000000.0, "target": {"replicas": 4, "ready": 3}, "signals": {"rps": 812.5}})"
        "\nA line that makes no sense ends the run with exit code 2, and its number and reason on stderr.");
    verb->callback([flags, &exit_code] { exit_code = decide(flags->files, flags->policy); });
}

}  // namespace setpoint
