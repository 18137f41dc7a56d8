// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/dry_run.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "agent/documents/document.hpp"
#include "agent/journal/recording.hpp"
#include "agent/replay/machine_output.hpp"
#include "agent/replay/report.hpp"
#include "agent/verbs/terminal.hpp"
#include "agent/verbs/verbs.hpp"
#include "core/standard_input.hpp"

namespace setpoint {
namespace {

struct DryRunOptions {
    std::vector<std::string> files;
    std::string policy;
    std::string recording;
    std::vector<std::string> map;
    std::vector<std::string> percent;
    std::string time_column;
    std::string format = "text";
    bool all = false;
};

int failed(const Error& error) {
    fmt::print(stderr, "{}\n", error.message);
    return error.code == Errc::bad_config ? kWrongInput : kFailed;
}

Result<ScalingSpec> choose_policy(const Documents& documents, const std::string& wanted) {
    std::string names;
    for (const auto& document : documents.policies) {
        if (document.spec.name == wanted || (wanted.empty() && documents.policies.size() == 1)) return document.spec;
        names += (names.empty() ? "" : ", ") + document.spec.name;
    }
    if (wanted.empty())
        return fail(Errc::bad_config, fmt::format("there are several policies: --policy NAME says which of {}", names));
    return fail(Errc::bad_config, fmt::format("--policy {}: no such policy; there are: {}", wanted, names));
}

Result<ColumnChoices> choices_of(const DryRunOptions& options) {
    ColumnChoices choices{{}, options.percent};
    for (const auto& text : options.map) {
        const auto at = text.find('=');
        if (at == 0 || at == std::string::npos || at + 1 == text.size()) {
            return fail(Errc::bad_config, fmt::format("--map {}: wanted is SIGNAL=COLUMN", text));
        }
        const auto [other, fresh] = choices.column_of.try_emplace(text.substr(0, at), text.substr(at + 1));
        if (!fresh) return fail(Errc::bad_config, fmt::format("--map {}: {} is mapped to {} already", text, other->first, other->second));
    }
    return choices;
}

/// A recording and what it was.
struct Input {
    std::string format;
    Recording recording;
};

Result<Input> read_input(const DryRunOptions& options, const ScalingSpec& spec, ProgressBar& bar) {
    const auto choices = choices_of(options);
    if (!choices) return tl::unexpected(choices.error());
    auto wanted = wanted_columns(spec, *choices);
    if (!wanted) return tl::unexpected(wanted.error());
    const ReadOptions how{std::move(*wanted), options.time_column, [&](double share) { bar.show("reading", share); }, spec.name};
    if (is_journal(options.recording)) {
        auto recording = read_journal_recording(options.recording, spec.name, how);
        if (!recording) return tl::unexpected(recording.error());
        return Input{"setpoint's journal", std::move(*recording)};
    }
    auto read = read_recording(options.recording, how);
    if (!read) return tl::unexpected(read.error());
    return Input{read->format == RecordingFormat::csv ? "CSV" : "JSON lines", std::move(read->recording)};
}

/// Runs, and writes in the wanted format.
Result<> write(const DryRunSubject& subject, const GuardSettings& guards, const DryRunOptions& options, ProgressBar& bar) {
    const auto progress = [&](double share) { bar.show("replaying", share); };
    const auto run = [&](DryRunListener& listener) {
        return dry_run(subject.spec, subject.recording, listener, progress, guards);
    };
    if (options.format == "csv") {
        CsvOutput csv{subject, std::cout};
        if (const auto score = run(csv); !score) return tl::unexpected(score.error());
    } else if (options.format == "json") {
        JsonOutput json{subject, std::cout};
        const auto score = run(json);
        if (!score) return tl::unexpected(score.error());
        json.finish(*score);
    } else {
        Report report{subject, style_of(stdout), options.all ? Listing::all : Listing::ends};
        const auto score = run(report);
        if (!score) return tl::unexpected(score.error());
        bar.clear();
        std::cout << report.text(*score);
    }
    std::cout.flush();
    if (!std::cout) return fail(Errc::io, "standard output cannot be written");
    return {};
}

int run_dry(const DryRunOptions& options) {
    if (is_standard_input(options.recording) && std::ranges::any_of(options.files, is_standard_input)) {
        return failed({Errc::bad_config, "-f - and --recording -: only one of them can be the standard input"});
    }
    const auto documents = load_documents(options.files);
    for (const auto& finding : documents.findings) fmt::print(stderr, "{}\n", to_string(finding));
    if (!documents.ok()) return kWrongInput;
    auto stated = choose_policy(documents, options.policy);
    if (!stated) return failed(stated.error());
    name_policies(*stated);
    ProgressBar bar;
    const auto input = read_input(options, *stated, bar);
    bar.clear();
    if (!input) return failed(input.error());
    const auto spec = adapted_to(input->recording, *stated);
    const auto start = start_of(input->recording, spec);
    if (!start) return failed(start.error());
    std::ios::sync_with_stdio(false);
    const auto done = write({*stated, spec, input->recording, *start, name_of_file(options.recording), input->format}, documents.guards(), options, bar);
    bar.clear();
    return done ? kDone : failed(done.error());
}

}  // namespace

void add_dry_run(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("dry-run", "Replays recorded metrics: what a policy would have done, and why");
    auto options = std::make_shared<DryRunOptions>();
    verb->add_option("-f,--file", options->files, "Policy files, or folders of them; - is the standard input")->required()->type_name(kFileWord);
    verb->add_option("--policy", options->policy, "Which policy, where there are several");
    verb->add_option("-r,--recording", options->recording,
                     "CSV with a header, JSON lines, or setpoint's journal (a segment or the folder); told by content; - is the standard input")
        ->required()
        ->type_name(kFileWord);
    verb->add_option("--map", options->map,
                     "SIGNAL=COLUMN: which column holds a signal (or the recorded `replicas`, `ready`)");
    verb->add_option("--percent", options->percent, "A signal that was recorded as 0 to 100");
    verb->add_option("--time-column", options->time_column, "Which column is the time");
    verb->add_option("--format", options->format, "text, json or csv")->check(CLI::IsMember({"text", "json", "csv"}));
    verb->add_flag("--all", options->all, "List every change of size in the report");
    verb->footer(
        "Columns serve the signals of the same name. `replicas` and `ready`, where recorded, are the sizes that ran\n"
        "then; utilizations are weighed with them. Example:\n"
        "  setpoint dry-run -f cart.yaml --recording cart.csv --map requests=http_requests");
    verb->callback([options, &exit_code] { exit_code = run_dry(*options); });
}

}  // namespace setpoint
