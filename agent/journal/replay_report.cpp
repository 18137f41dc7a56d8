// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/replay_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "agent/decide/decision_json.hpp"
#include "core/units.hpp"
#include "policies/reason.hpp"

namespace setpoint {
namespace {

std::string time_text(Time time) { return format_time(WallTime{time.time_since_epoch()}); }

std::vector<std::string> signal_names(const ScalingSpec& spec) {
    std::vector<std::string> names;
    for (const auto& signal : spec.signals) names.push_back(signal.name);
    return names;
}

/// As much of the document as its decisions speak of.
ScalingSpec spec_of(const DecisionRecord& record) {
    ScalingSpec spec;
    spec.name = record.policy;
    spec.name_space = record.name_space;
    for (const auto& name : record.signals) spec.signals.emplace_back().name = name;
    for (const auto& name : record.policies) spec.policies.emplace_back().name = name;
    return spec;
}

std::string difference(ReplayFormat format, const ScalingSpec& spec, const ReplayStep& step) {
    const auto& recorded = *step.recorded;
    if (format == ReplayFormat::json) {
        nlohmann::ordered_json line;
        line["otherwise"] = {{"time", unix_seconds(step.event.time)},
                             {"policy", spec.name},
                             {"recorded", {{"replicas", recorded.replicas}, {"code", to_string(recorded.code)}, {"apply", recorded.apply}}},
                             {"now", {{"replicas", step.decision->replicas},
                                      {"code", to_string(step.decision->reason.code)},
                                      {"apply", step.decision->apply}}}};
        return line.dump() + '\n';
    }
    return fmt::format("  ^ otherwise: {} ({}) is on record\n", recorded.replicas, to_string(recorded.code));
}

}  // namespace

std::string ReplayReport::decision(const Decision& decision, const ScalingSpec& spec) const {
    if (format_ == ReplayFormat::json) {
        nlohmann::ordered_json line{{"policy", spec.name}};
        line.update(decision_json(decision, spec));
        return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
    }
    const auto size = [&](Replicas replicas) { return is_known(decision) ? fmt::format("{}", replicas) : std::string{"?"}; };
    return fmt::format("{:<24}  {:<20}  {:>6} -> {:<6}  {}\n", time_text(decision.time), spec.name, size(decision.current),
                       size(decision.replicas), sentence(decision.reason, signal_names(spec)));
}

std::string ReplayReport::line(const ReplayStep& step) {
    if (step.decision == nullptr || !filter_.has(step.event.time)) return {};
    const auto& spec = step.reducer.spec(step.decision->target);
    if (!filter_.has(spec.name)) return {};
    ++ticks_;
    if (step.verdict == Verdict::trace) ++trace_;
    const bool otherwise = step.verdict == Verdict::otherwise;
    if (otherwise) ++otherwise_;
    const bool news = news_[spec.name].is_news(*step.decision);
    std::string lines = news || otherwise ? decision(*step.decision, spec) : std::string{};
    if (otherwise) lines += difference(format_, spec, step);
    return lines;
}

std::string ReplayReport::line(const DecisionRecord& record) {
    if (!filter_.has(record.decision.time) || !filter_.has(record.policy)) return {};
    if (!news_[record.policy].is_news(record.decision)) return {};
    return decision(record.decision, spec_of(record));
}

std::string ReplayReport::line(const Gap& gap) const {
    if (!filter_.has(gap.from) && !filter_.has(gap.to)) return {};
    if (format_ == ReplayFormat::json) {
        nlohmann::ordered_json line;
        line["gap"] = {{"entries", gap.entries}, {"from", unix_seconds(gap.from)}, {"to", unix_seconds(gap.to)}};
        return line.dump() + '\n';
    }
    return fmt::format("{:<24}  {} entries lost until {}\n", time_text(gap.from), gap.entries, time_text(gap.to));
}

}  // namespace setpoint
