// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/live/recorder.hpp"
#include "agent/live/recording_file.hpp"
#include "agent/verbs/live_options.hpp"
#include "agent/verbs/verbs.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

struct RecordOptions {
    LiveOptions live;
    std::string output;
    std::string length;  // empty: until it is stopped
    bool force = false;
};

/// How far it is, on a terminal: what is said next takes the line's place.
void show_progress(Duration passed, std::uint64_t lines) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(passed);
    const auto text = whole.count() > 0 ? format_duration(whole) : "0s";
    fmt::print(stderr, "\r\033[Krecording: {}, {} lines\r", text, lines);
    std::fflush(stderr);
}

Result<RecorderSettings> settings_of(const RecordOptions& options) {
    RecorderSettings settings;
    if (!options.length.empty()) {
        const auto length = parse_duration(options.length).map_error(in("--for"));
        if (!length) return fail(Errc::bad_config, length.error().message);
        if (*length <= Duration{0}) return fail(Errc::bad_config, "--for: must be above 0, was " + options.length);
        settings.length = *length;
    }
    auto policies = policies_of(options.live, true);
    if (!policies) return tl::unexpected<Error>(std::move(policies.error()));
    settings.policies = std::move(policies->policies);
    auto where = whereabouts_of(options.live, settings.policies);
    if (!where) return tl::unexpected<Error>(std::move(where.error()));
    settings.where = std::move(*where);
    if (::isatty(STDERR_FILENO) != 0) settings.progress = show_progress;
    return settings;
}

void say_what_is_recorded(const RecorderSettings& settings, spdlog::logger& log) {
    for (const auto& policy : settings.policies) {
        std::vector<std::string> signals;
        for (const auto& signal : policy.spec.signals) signals.push_back(signal.name);
        log.info("records {}: {} and the size of {}, every {}", policy.spec.name, fmt::join(signals, ", "), policy.target,
                 format_duration(policy.spec.interval));
    }
}

int record(const RecordOptions& options) {
    auto settings = settings_of(options);
    if (!settings) return complain(settings.error());
    const auto existing = options.force ? RecordingFile::Existing::replace : RecordingFile::Existing::refuse;
    auto file = RecordingFile::create(options.output, existing);
    if (!file && file.error().code == Errc::conflict) return complain({Errc::bad_config, file.error().message});
    if (!file) return complain(file.error());
    const auto log = log_of(options.live);
    say_what_is_recorded(*settings, *log);
    auto recorder = Recorder::make(std::move(*settings), *file, *log);
    if (!recorder) return complain(recorder.error());
    const auto ended = (*recorder)->run();
    for (const auto& signal : (*recorder)->silent()) log->warn("{} had no value all the time", signal);
    log->info("recorded {} lines in {}", (*recorder)->lines(), options.output == "-" ? "the standard output" : options.output);
    return ended ? kDone : complain(ended.error());
}

}  // namespace

void add_record(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("record", "Records the live signals and sizes of policies, for dry-run; scales nothing");
    auto options = std::make_shared<RecordOptions>();
    add_live_options(*verb, options->live);
    verb->add_option("-o,--output", options->output, "Where to: JSON lines, all policies in one file; - is the standard output")
        ->required()
        ->type_name(kFileWord);
    verb->add_option("--for", options->length, "For how long, such as 2h (default: until SIGINT or SIGTERM)");
    verb->add_flag("--force", options->force, "Replace a file that is there");
    verb->footer(
        "Runs beside an agent that scales the same targets: the sizes that it chose are in the recording. Example:\n"
        "  setpoint record -f cart.yaml -o cart.jsonl --for 24h\n"
        "  setpoint dry-run -f cart.yaml --recording cart.jsonl");
    verb->callback([options, &exit_code] { exit_code = record(*options); });
}

}  // namespace setpoint
