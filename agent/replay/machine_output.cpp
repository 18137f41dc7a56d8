// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/machine_output.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "agent/replay/notes.hpp"
#include "agent/replay/wording.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

std::string utc(Time t) { return format_time(WallTime{t.time_since_epoch()}); }

/// Also for text that is not UTF-8, such as a file name.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json recording_json(const DryRunSubject& subject) {
    const auto& recording = subject.recording;
    Json problems = Json::array();
    for (const auto& problem : recording.problems().list()) {
        problems.push_back(
            {{"kind", to_string(problem.kind)}, {"count", problem.count}, {"firstLine", problem.first_line}});
    }
    const auto& gaps = recording.gaps();
    return {{"file", subject.path},
            {"format", subject.format},
            {"rows", recording.rows()},
            {"from", utc(recording.first())},
            {"to", utc(recording.last())},
            {"stepSeconds", seconds(recording.step())},
            {"gaps", {{"count", gaps.count}, {"longestSeconds", seconds(gaps.longest)}}},
            {"problems", std::move(problems)}};
}

Json size_json(const SizeScore& size) {
    return {{"replicaHours", size.replica_hours}, {"min", size.min}, {"mean", size.mean()}, {"max", size.max}};
}

Json score_json(const Score& score, const std::vector<std::string>& names) {
    Json json = size_json(score.size);
    json["hours"] = score.size.hours;
    json["decisions"] = score.ticks;
    json["actions"] = score.actions();
    json["ups"] = score.ups;
    json["downs"] = score.downs;
    json["actionsPerDay"] = score.actions_per_day();
    json["reversals"] = score.reversals;
    json["degradedSeconds"] = seconds(score.degraded);
    json["holds"] = Json::array();
    for (const auto& hold : score.holds) {
        json["holds"].push_back({{"code", to_string(hold.code)},
                                 {"signal", index(hold.signal) < names.size() ? names[index(hold.signal)] : ""},
                                 {"seconds", seconds(hold.total)},
                                 {"times", hold.times},
                                 {"longestSeconds", seconds(hold.longest)}});
    }
    if (score.recorded) json["recorded"] = size_json(*score.recorded);
    return json;
}

}  // namespace

JsonOutput::JsonOutput(const DryRunSubject& subject, std::ostream& out)
    : subject_(subject), out_(out), names_(signal_names(subject.spec)) {
    out_ << "{\"policy\": " << dump(subject.spec.name) << ",\n\"recording\": " << dump(recording_json(subject))
         << ",\n\"notes\": " << dump(notes_on(subject.stated, subject.recording, subject.start))
         << ",\n\"decisions\": [";
}

void JsonOutput::decided(const Decision& decision) {
    out_ << fmt::format(
        "{}\n{{\"time\": {}, \"replicas\": {}, \"ready\": {}, \"desired\": {}, \"code\": \"{}\", \"reason\": {}}}",
        first_ ? "" : ",", format_number(unix_seconds(decision.time)), decision.current, decision.ready,
        decision.replicas, to_string(decision.reason.code), dump(explanation(decision, subject_.spec, names_)));
    first_ = false;
}

void JsonOutput::finish(const Score& score) { out_ << "\n],\n\"score\": " << dump(score_json(score, names_)) << "}\n"; }

CsvOutput::CsvOutput(const DryRunSubject& subject, std::ostream& out)
    : subject_(subject), out_(out), names_(signal_names(subject.spec)) {
    out_ << "time,replicas,ready,desired,code,reason\n";
}

void CsvOutput::decided(const Decision& decision) {
    auto reason = explanation(decision, subject_.spec, names_);
    for (std::size_t at = 0; (at = reason.find('"', at)) != std::string::npos; at += 2) reason.insert(at, 1, '"');
    out_ << fmt::format("{},{},{},{},{},\"{}\"\n", utc(decision.time), decision.current, decision.ready,
                        decision.replicas, to_string(decision.reason.code), reason);
}

}  // namespace setpoint
