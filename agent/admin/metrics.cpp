// SPDX-License-Identifier: Apache-2.0
#include "agent/admin/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <limits>
#include <memory>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/admin/orders.hpp"
#include "agent/admin/process_metrics.hpp"
#include "agent/decide/decision_json.hpp"

namespace setpoint {
namespace {

using Families = std::vector<prometheus::MetricFamily>;
using Label = prometheus::ClientMetric::Label;
using prometheus::MetricType;

/// One name and its values.
class Metric {
public:
    Metric(std::string name, MetricType type, std::string help) : family_{std::move(name), std::move(help), type, {}} {}

    template <class Number>
    void add(std::vector<Label> labels, Number number) {
        const auto value = static_cast<double>(number);
        prometheus::ClientMetric one;
        one.label = std::move(labels);
        (family_.type == MetricType::Counter ? one.counter.value : one.gauge.value) = value;
        family_.metric.push_back(std::move(one));
    }
    [[nodiscard]] prometheus::MetricFamily take() && { return std::move(family_); }

private:
    prometheus::MetricFamily family_;
};

Metric gauge(std::string name, std::string help) { return {std::move(name), MetricType::Gauge, std::move(help)}; }
Metric counter(std::string name, std::string help) { return {std::move(name), MetricType::Counter, std::move(help)}; }

template <class... Metrics>
void put(Families& families, Metrics&&... metrics) {
    (families.push_back(std::forward<Metrics>(metrics).take()), ...);
}

/// Calls `add(target, spec, picture)` for each policy.
template <class Add>
void each_policy(const AdminView& view, const Add& add) {
    for (std::size_t i = 0; i < view.control.targets(); ++i) {
        const TargetId id{static_cast<std::uint32_t>(i)};
        add(id, view.control.spec(id), view.gallery.of(id));
    }
}

void add_signals(const AdminView& view, Families& families) {
    auto value = gauge("setpoint_signal_value", "The signal as last measured, in the unit of its goal; absent while it has no valid value.");
    auto age = gauge("setpoint_signal_age_seconds", "How old that value is.");
    auto goal = gauge("setpoint_signal_goal", "The setpoint of the signal.");
    each_policy(view, [&](TargetId, const ScalingSpec& spec, const Picture& picture) {
        if (!picture.last) return;
        for (const auto& seen : picture.last->seen) {
            const auto& shown = picture.signals[index(seen.signal)];
            const std::vector<Label> labels{{"policy", picture.name}, {"signal", spec.signals[index(seen.signal)].name}};
            const bool valued = seen.state == SignalState::fresh || seen.state == SignalState::stale;
            if (valued && shown.value) value.add(labels, *shown.value);
            if (valued) age.add(labels, seconds(seen.age + (view.ports.now() - picture.last->time)));
            if (shown.goal) goal.add(labels, *shown.goal);
        }
    });
    put(families, std::move(value), std::move(age), std::move(goal));
}

void add_sizes(const AdminView& view, Families& families) {
    auto proposed = gauge("setpoint_proposal_replicas", "What each control law would like, before limits; absent while it only holds.");
    auto desired = gauge("setpoint_desired_replicas", "The size decided.");
    auto replicas = gauge("setpoint_replicas", "The size of the target.");
    auto ready = gauge("setpoint_ready_replicas", "Replicas that serve.");
    auto least = gauge("setpoint_min_replicas", "The least size of the policy.");
    auto most = gauge("setpoint_max_replicas", "The largest size of the policy.");
    auto at_max = gauge("setpoint_at_max", "1 while the target has its largest size and needs at least that, else 0.");
    each_policy(view, [&](TargetId, const ScalingSpec& spec, const Picture& picture) {
        const std::vector<Label> labels{{"policy", picture.name}};
        least.add(labels, spec.replicas.min);
        most.add(labels, spec.replicas.max);
        const auto& last = picture.last;
        if (!last || !is_known(*last)) return;
        desired.add(labels, last->replicas);
        replicas.add(labels, picture.size);
        ready.add(labels, last->ready);
        at_max.add(labels, picture.size >= spec.replicas.max && last->wanted >= spec.replicas.max ? 1.0 : 0.0);
        for (std::size_t i = 0; i < last->proposals.size(); ++i) {
            const auto& proposal = last->proposals[i];
            if (proposal.kind != ProposalKind::wish && proposal.kind != ProposalKind::floor) continue;
            proposed.add({{"policy", picture.name}, {"name", spec.policies[i].name}}, proposal.replicas);
        }
    });
    put(families, std::move(proposed), std::move(desired), std::move(replicas), std::move(ready), std::move(least),
        std::move(most), std::move(at_max));
}

void add_decisions(const AdminView& view, Families& families) {
    auto decisions = counter("setpoint_decisions_total", "Decisions, by the code of the reason that mattered most.");
    auto holding = gauge("setpoint_holding", "1 while the policy keeps the size for want of valid signals, else 0.");
    auto held = gauge("setpoint_held_seconds", "For how long it has; 0 while it decides.");
    auto detour = gauge("setpoint_metrics_detour", "1 while metrics of pods come from metrics.k8s.io in place of kubelets that are not read, else 0.");
    auto actions = counter("setpoint_scale_actions_total", "Changes of the size that were carried out.");
    auto reversals = counter("setpoint_reversals_total", "Of these, those against the direction of the one before.");
    auto overrides = gauge("setpoint_override_active", "1 while a person's override is in force; absent otherwise.");
    auto skipped = counter("setpoint_skipped_ticks_total", "Rounds left out: the loop was late, or a source was still busy.");
    each_policy(view, [&](TargetId id, const ScalingSpec&, const Picture& picture) {
        const std::vector<Label> labels{{"policy", picture.name}};
        for (const auto& [code, count] : picture.decisions) {
            decisions.add({{"policy", picture.name}, {"code", std::string{to_string(code)}}}, count);
        }
        const Time now = view.ports.now();
        holding.add(labels, picture.held_since ? 1.0 : 0.0);
        held.add(labels, picture.held_since ? seconds(now - *picture.held_since) : 0.0);
        detour.add(labels, picture.detour.empty() ? 0.0 : 1.0);
        actions.add({{"policy", picture.name}, {"direction", "up"}}, picture.ups);
        actions.add({{"policy", picture.name}, {"direction", "down"}}, picture.downs);
        reversals.add(labels, picture.reversals);
        skipped.add(labels, view.ports.skipped(id));
        if (const auto& set = view.control.override_of(id); set && set->until > now) {
            overrides.add({{"policy", picture.name}, {"kind", std::string{name_of(set->kind)}}}, 1.0);
        }
    });
    put(families, std::move(decisions), std::move(holding), std::move(held), std::move(detour), std::move(actions), std::move(reversals),
        std::move(overrides), std::move(skipped));
}

prometheus::MetricFamily tick_durations(const TickTimes& times) {
    prometheus::MetricFamily family{"setpoint_tick_duration_seconds", "How long a decision took on the main thread.",
                                    MetricType::Histogram, {}};
    prometheus::ClientMetric one;
    for (std::size_t i = 0; i < times.counts.size(); ++i) {
        one.histogram.sample_count += times.counts[i];
        const double bound = i < TickTimes::kBounds.size() ? TickTimes::kBounds[i] : std::numeric_limits<double>::infinity();
        one.histogram.bucket.push_back({one.histogram.sample_count, bound});
    }
    one.histogram.sample_sum = times.sum;
    family.metric.push_back(std::move(one));
    return family;
}

void add_learnt(const AdminView& view, Families& families) {
    auto value = gauge("setpoint_learnt_value", "What was learnt of the target; absent before enough was seen.");
    auto clamped = gauge("setpoint_learnt_at_clamp", "1 while the bound on its change holds a learnt value back, else 0.");
    constexpr std::size_t kStartsToLearn = 5;
    each_policy(view, [&](TargetId id, const ScalingSpec&, const Picture& picture) {
        const auto& startup = view.control.startup(id);
        if (startup.starts_seen() < kStartsToLearn) return;
        value.add({{"policy", picture.name}, {"name", "startup_p90_seconds"}}, seconds(startup.p90()));
        value.add({{"policy", picture.name}, {"name", "startup_p99_seconds"}}, seconds(startup.p99()));
        clamped.add({{"policy", picture.name}, {"name", "startup_p90_seconds"}}, startup.held_back() ? 1.0 : 0.0);
    });
    put(families, std::move(value), std::move(clamped));
}

void add_agent(const AdminView& view, Families& families) {
    static constexpr std::array<const char*, Gallery::kOutcomes> kOutcomes{"applied", "foreign", "refused", "unreachable", "partly"};
    auto applies = counter("setpoint_apply_total", "Writes to targets, by what became of them.");
    for (std::size_t i = 0; i < kOutcomes.size(); ++i) applies.add({{"outcome", kOutcomes[i]}}, view.gallery.outcomes()[i]);
    auto errors = counter("setpoint_source_errors_total", "Readings of a signal that failed, by where the signal comes from.");
    std::set<std::string> sources;
    each_policy(view, [&](TargetId id, const ScalingSpec& spec, const Picture&) {
        for (std::size_t i = 0; i < spec.signals.size(); ++i) sources.insert(view.ports.source(id, SignalId{static_cast<std::uint16_t>(i)}));
    });
    const auto& counted = view.gallery.source_errors();
    for (const auto& [source, count] : counted) sources.insert(source);
    for (const auto& source : sources) {
        const auto found = counted.find(source);
        errors.add({{"source", source}}, found == counted.end() ? 0 : found->second);
    }
    auto build = gauge("setpoint_build_info", "1, with the version.");
    build.add({{"version", view.ports.version}}, 1.0);
    auto up = gauge("setpoint_orchestrator_up", "1 while the Engine or the API server answers, else 0.");
    up.add({}, view.ports.answers() ? 1.0 : 0.0);
    auto leader = gauge("setpoint_leader", "1 while this agent is the one that scales there, else 0.");
    leader.add({}, view.ports.ready() ? 1.0 : 0.0);
    auto shards = gauge("setpoint_shard_held", "1 while this agent holds the shard, else 0; absent where agents do not share the policies.");
    const auto held = view.ports.shards();
    for (std::size_t shard = 0; shard < held.size(); ++shard) shards.add({{"shard", std::to_string(shard)}}, held[shard] ? 1.0 : 0.0);
    const auto reload = view.ports.reloaded();
    auto reloaded = gauge("setpoint_config_last_reload_successful", "1 if the policies were last read without an error, else 0.");
    reloaded.add({}, reload.successful ? 1.0 : 0.0);
    auto when = gauge("setpoint_config_last_reload_success_timestamp_seconds", "When they last were.");
    when.add({}, unix_seconds(reload.time));
    put(families, std::move(applies), std::move(errors), std::move(build), std::move(up), std::move(leader), std::move(shards), std::move(reloaded), std::move(when));
    families.push_back(tick_durations(view.ports.tick_times()));
}

void add_process(Families& families) {
    const auto facts = process_facts();
    const auto one = [&](Metric metric, double value) {
        metric.add({}, value);
        families.push_back(std::move(metric).take());
    };
    one(counter("process_cpu_seconds_total", "CPU time of the agent."), facts.cpu_seconds);
    one(gauge("process_resident_memory_bytes", "Resident memory of the agent."), facts.resident_bytes);
    one(gauge("process_virtual_memory_bytes", "Virtual memory of the agent."), facts.virtual_bytes);
    one(gauge("process_open_fds", "Open file descriptors."), facts.open_files);
    one(gauge("process_max_fds", "How many file descriptors may be open."), facts.most_files);
    one(gauge("process_start_time_seconds", "When the agent was started, in Unix time."), facts.started);
}

}  // namespace

std::function<std::string()> metrics_text(const AdminView& view) {
    auto families = std::make_shared<Families>();
    add_signals(view, *families);
    add_sizes(view, *families);
    add_decisions(view, *families);
    add_learnt(view, *families);
    add_agent(view, *families);
    return [families] {
        add_process(*families);
        std::ostringstream text;
        prometheus::TextSerializer{}.Serialize(text, *families);
        return std::move(text).str();
    };
}

}  // namespace setpoint
