// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "agent/journal/files.hpp"
#include "agent/journal/samples.hpp"
#include "agent/journal/replay_report.hpp"
#include "agent/verbs/verbs.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

struct Flags {
    std::string journal;
    std::string format = "table";
    std::string from;
    std::string to;
    std::string policy;
    bool samples = false;
};

void put(const std::string& text) { (void)std::fwrite(text.data(), 1, text.size(), stdout); }

void complain(const Error& error) { fmt::print(stderr, "{}\n", error.message); }

/// The policies that a journal speaks of: somebody may have asked for another one.
class Names {
public:
    void see(const std::string& policy) {
        if (!known_.contains(policy)) known_.insert(policy);
    }
    void see(const ReplayStep& step) {
        if (step.decision != nullptr) see(step.reducer.spec(step.decision->target).name);
    }
    /// Says so where `policy` is none of them.
    [[nodiscard]] bool has(const std::string& policy) const {
        if (policy.empty() || known_.contains(policy)) return true;
        if (known_.empty()) fmt::print(stderr, "--policy: the journal has no decision of any policy\n");
        else fmt::print(stderr, "--policy: the journal has no policy '{}' (it has: {})\n", policy, fmt::join(known_, ", "));
        return false;
    }

private:
    std::set<std::string> known_;
};

/// The files to read: the one named, or those of the folder named, decisions first.
struct Files {
    std::vector<std::filesystem::path> decisions;
    std::vector<std::filesystem::path> events;
};

Result<Files> find_files(const std::filesystem::path& journal) {
    Files files;
    std::error_code error;
    if (!std::filesystem::is_directory(journal, error)) {
        auto segment = SegmentReader::open(journal);
        if (!segment) return tl::unexpected(segment.error());
        (segment->opening().stream == Stream::events ? files.events : files.decisions).push_back(journal);
        return files;
    }
    for (const auto stream : {Stream::decisions, Stream::events}) {
        auto segments = list_segments(journal, stream);
        if (!segments) return tl::unexpected(segments.error());
        for (auto& segment : *segments) {
            (stream == Stream::events ? files.events : files.decisions).push_back(std::move(segment.path));
        }
    }
    if (files.decisions.empty() && files.events.empty()) {
        return fail(Errc::no_data, journal.string() + ": no journal in this folder (no events-*.log, no decisions-*.log)");
    }
    return files;
}

Result<std::optional<Time>> time_flag(const std::string& name, const std::string& text) {
    if (text.empty()) return std::optional<Time>{};
    return parse_time(text).map([](WallTime time) { return std::optional{Time{time.time_since_epoch()}}; }).map_error(in(name));
}

Result<ReplayFilter> filter_of(const Flags& flags) {
    auto from = time_flag("--from", flags.from);
    if (!from) return tl::unexpected(from.error());
    auto to = time_flag("--to", flags.to);
    if (!to) return tl::unexpected(to.error());
    return ReplayFilter{*from, *to, flags.policy};
}

/// Prints what only the decision files know: everything before the first event that is left.
int print_recorded(const Files& files, ReplayReport& report, Names& names) {
    std::optional<Time> first_event;
    if (!files.events.empty()) {
        const auto segment = SegmentReader::open(files.events.front());
        if (segment) first_event = segment->opening().opened;
    }
    int exit_code = kDone;
    for (const auto& path : files.decisions) {
        auto segment = SegmentReader::open(path);
        if (!segment) {
            if (segment.error().code != Errc::no_data || files.decisions.size() == 1) {
                complain(segment.error());
                exit_code = kWrongInput;
            }
            continue;
        }
        while (true) {
            const auto entry = segment->next();
            if (!entry) {
                complain(entry.error());
                exit_code = kWrongInput;
            }
            if (!entry || *entry == nullptr) break;
            const auto* record = std::get_if<DecisionRecord>(*entry);
            if (record != nullptr) names.see(record->policy);
            if (record != nullptr && (!first_event || record->decision.time < *first_event)) put(report.line(*record));
        }
    }
    return exit_code;
}

/// Replays the segments one by one; a damaged one ends where the damage is.
class Segments {
public:
    explicit Segments(JournalReplay::OnStep seen, JournalReplay::OnGap lost) : replay_(std::move(seen), std::move(lost)) {}

    int run(const std::vector<std::filesystem::path>& paths) {
        int exit_code = kDone;
        for (const auto& path : paths) {
            auto segment = SegmentReader::open(path);
            const auto done = segment ? replay_.replay(*segment) : Result<>{tl::unexpected(segment.error())};
            if (segment) same_program_ = same_program_ && segment->opening().program == program_version() &&
                                         segment->opening().architecture == architecture();
            // What a crash or a full disk left has nothing in it; alone it is no journal.
            if (!done && (done.error().code != Errc::no_data || paths.size() == 1)) {
                complain(done.error());
                exit_code = kWrongInput;
            }
            if (done && replay_.summary().torn_bytes > 0) {
                fmt::print(stderr, "{}: ends within an entry ({} bytes of it)\n", path.string(), replay_.summary().torn_bytes);
            }
        }
        return exit_code;
    }
    /// All were written by this very version for this architecture: then every bit must be the same.
    [[nodiscard]] bool same_program() const { return same_program_; }

private:
    JournalReplay replay_;
    bool same_program_ = true;
};

int print_decisions(const Files& files, ReplayFormat format, const ReplayFilter& filter) {
    ReplayReport report{format, filter};
    Names names;
    const int recorded = print_recorded(files, report, names);
    Segments segments{[&](const ReplayStep& step) {
                          names.see(step);
                          put(report.line(step));
                      }, [&](const Gap& gap) { put(report.line(gap)); }};
    const int replayed = segments.run(files.events);
    if (!names.has(filter.policy)) return kWrongInput;
    const bool wrong = report.otherwise() > 0 || (segments.same_program() && report.trace() > 0);
    fmt::print(stderr, "{} tick{} replayed: {} decided otherwise, {} the same with other numbers in the trace{}\n", report.ticks(),
               report.ticks() == 1 ? "" : "s", report.otherwise(), report.trace(), segments.same_program() ? "" : " (another version of setpoint wrote it)");
    if (wrong) return kFailed;
    return recorded != kDone ? recorded : replayed;
}

/// Whose samples: the only policy, or the one named.
class SampleWriter {
public:
    explicit SampleWriter(const ReplayFilter& filter) : filter_(filter) {}

    void see(const ReplayStep& step) {
        if (!filter_.has(step.event.time)) return;
        std::visit([&](const auto& body) { take(step.reducer, body); }, step.event.body);
    }
    int finish() {
        if (policies_.size() == 1) {
            if (const auto row = table_->finish()) put(*row);
            return kDone;
        }
        if (policies_.empty()) fmt::print(stderr, "no samples{}\n", filter_.policy.empty() ? "" : " of policy " + filter_.policy);
        else fmt::print(stderr, "samples of several policies ({}): say which with --policy\n", fmt::join(policies_, ", "));
        return kWrongInput;
    }

private:
    template <class Body>
    void take(const Reducer& reducer, const Body& body) {
        if constexpr (std::is_same_v<Body, Sample> || std::is_same_v<Body, TargetState> || std::is_same_v<Body, ApplyResult>) {
            if (index(body.target) >= reducer.targets()) return;
            const auto names = reducer.signal_names(body.target);
            SampleTable* table = table_of(reducer.spec(body.target).name, names);
            if (table == nullptr) return;
            if constexpr (!std::is_same_v<Body, Sample>) {
                table->take(body);
            } else if (index(body.signal) < names.size()) {
                const auto share = share_of(reducer.spec(body.target).signals[index(body.signal)]);
                const auto row = table->take(as_utilization(body, share, reducer.pods(body.target)), names[index(body.signal)]);
                if (row) put(*row);
            }
        }
    }

    /// Nothing for a policy that is not asked for. The first one found is printed.
    SampleTable* table_of(const std::string& policy, std::span<const std::string> signals) {
        if (!filter_.has(policy)) return nullptr;
        if (policies_.insert(policy).second && policies_.size() == 1) {
            table_.emplace(std::vector<std::string>{signals.begin(), signals.end()});
            put(table_->header());
        }
        return policies_.size() == 1 ? &*table_ : nullptr;
    }

    const ReplayFilter& filter_;
    std::set<std::string> policies_;
    std::optional<SampleTable> table_;
};

int print_samples(const Files& files, const ReplayFilter& filter) {
    SampleWriter writer{filter};
    Names names;
    Segments segments{[&](const ReplayStep& step) {
                          names.see(step);
                          writer.see(step);
                      },
                      [](const Gap&) {}};
    const int replayed = segments.run(files.events);
    if (!names.has(filter.policy)) return kWrongInput;
    const int written = writer.finish();
    return written != kDone ? written : replayed;
}

int replay(const Flags& flags) {
    const auto filter = filter_of(flags);
    const auto files = find_files(flags.journal);
    if (!filter) complain(filter.error());
    if (!files) complain(files.error());
    if (!filter || !files) return kWrongInput;
    if (flags.samples) return print_samples(*files, *filter);
    return print_decisions(*files, flags.format == "json" ? ReplayFormat::json : ReplayFormat::table, *filter);
}

}  // namespace

void add_replay(CLI::App& app, int& exit_code) {
    auto* verb = app.add_subcommand("replay", "A journal's decisions again; says where this program would decide otherwise");
    auto flags = std::make_shared<Flags>();
    verb->add_option("journal", flags->journal, "A journal's folder, or one of its files")->required()->type_name(kFileWord);
    verb->add_option("--format", flags->format, "table or json (a line each)")->check(CLI::IsMember({"table", "json"}));
    verb->add_option("--from", flags->from, "Nothing before this time (RFC 3339)");
    verb->add_option("--to", flags->to, "Nothing after this time (RFC 3339)");
    verb->add_option("--policy", flags->policy, "Only this policy");
    verb->add_flag("--samples", flags->samples, "The samples instead, as a recording in CSV; CPU and memory of pods as utilization");
    verb->footer("Exit code 1: something was decided otherwise. 2: not a journal, or a damaged one.");
    verb->callback([flags, &exit_code] { exit_code = replay(*flags); });
}

}  // namespace setpoint
