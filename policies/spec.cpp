// SPDX-License-Identifier: Apache-2.0
#include "policies/spec.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

#include "policies/event.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kMaxSignals = 64;
constexpr double kMostTolerance = 100;  // HPA sets no limit
constexpr std::size_t kMaxPolicies = 32;

void validate_rules(const ScalingRules& rules, const std::string& path, Diagnostics& out) {
    if (rules.stabilization_window_seconds &&
        (*rules.stabilization_window_seconds < 0 || *rules.stabilization_window_seconds > 3600)) {
        out.error(path + ".stabilizationWindowSeconds",
                  fmt::format("must be 0 to 3600, was {}", *rules.stabilization_window_seconds));
    }
    for (std::size_t i = 0; i < rules.policies.size(); ++i) {
        const auto& rule = rules.policies[i];
        const auto at = fmt::format("{}.policies[{}]", path, i);
        if (rule.value <= 0) out.error(at + ".value", fmt::format("must be above 0, was {}", rule.value));
        if (rule.period_seconds < 1 || rule.period_seconds > 1800) {
            out.error(at + ".periodSeconds", fmt::format("must be 1 to 1800, was {}", rule.period_seconds));
        }
    }
    if (rules.tolerance && !(*rules.tolerance >= 0 && *rules.tolerance <= kMostTolerance)) {
        out.error(path + ".tolerance", fmt::format("must be 0 to {}, was {}", kMostTolerance, *rules.tolerance));
    }
}

}  // namespace

std::optional<SignalId> ScalingSpec::find_signal(std::string_view wanted) const {
    const auto found = std::ranges::find(signals, wanted, &SignalSpec::name);
    if (wanted.empty() || found == signals.end()) return std::nullopt;
    return SignalId{static_cast<std::uint16_t>(found - signals.begin())};
}

std::string ScalingSpec::full_name() const { return name_space.empty() ? name : name_space + "/" + name; }

void validate(const ScalingSpec& spec, Diagnostics& out) {
    if (spec.replicas.min < 0) out.error("replicas.min", fmt::format("must be 0 or more, was {}", spec.replicas.min));
    if (spec.replicas.max < 1 || spec.replicas.max > kMaxReplicas) {
        out.error("replicas.max", fmt::format("must be 1 to {}, was {}", kMaxReplicas, spec.replicas.max));
    }
    if (spec.replicas.min > spec.replicas.max) {
        out.error("replicas", fmt::format("min must not be above max, was {} above {}", spec.replicas.min, spec.replicas.max));
    }
    using namespace std::chrono_literals;
    if (spec.interval < 1s || spec.interval > 5min) {
        out.error("interval", fmt::format("must be 1s to 5m, was {} s", seconds(spec.interval)));
    }
    if (spec.signals.size() > kMaxSignals) out.error("signals", fmt::format("at most {}, were {}", kMaxSignals, spec.signals.size()));
    for (const auto& signal : spec.signals) {
        if (signal.idle_when.empty()) continue;
        if (!spec.find_signal(signal.idle_when) || signal.idle_when == signal.name) {
            out.error("signals." + signal.name + ".idleWhen", fmt::format("must name another signal, was '{}'", signal.idle_when));
        }
    }
    if (!spec.leave_first.empty()) {
        const auto signal = spec.find_signal(spec.leave_first);
        if (!signal || !spec.signals[index(*signal)].per_pod) {
            out.error("target.kubernetes.deletionCost", fmt::format("must name a signal that each pod has, was '{}'", spec.leave_first));
        }
    }
    if (spec.policies.empty()) out.error("policies", "must have at least one policy");
    if (spec.policies.size() > kMaxPolicies) out.error("policies", fmt::format("at most {}, were {}", kMaxPolicies, spec.policies.size()));
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < spec.policies.size(); ++i) {
        const auto& entry = spec.policies[i];
        Diagnostics part;
        validate(entry.settings, spec, part);
        out.adopt(fmt::format("policies[{}].{}", i, kind_of(entry.settings)), part);
        if (!entry.name.empty() && !names.insert(entry.name).second) {
            out.error(fmt::format("policies[{}].{}.name", i, kind_of(entry.settings)), fmt::format("'{}' is the name of an earlier policy", entry.name));
        }
    }
    if (spec.behavior) {
        validate_rules(spec.behavior->scale_up, "behavior.scaleUp", out);
        validate_rules(spec.behavior->scale_down, "behavior.scaleDown", out);
    }
    if (spec.on_missing.replicas && spec.replicas.clamp(*spec.on_missing.replicas) != *spec.on_missing.replicas) {
        out.error("onMissing.replicas", fmt::format("must be within replicas ({} to {}), was {}", spec.replicas.min,
                                                    spec.replicas.max, *spec.on_missing.replicas));
    }
}

void name_policies(ScalingSpec& spec) {
    std::set<std::string> taken;
    for (const auto& entry : spec.policies) taken.insert(entry.name);
    for (auto& entry : spec.policies) {
        if (!entry.name.empty()) continue;
        const auto signal = signal_of(entry.settings);
        const std::string base = signal.empty() ? std::string{kind_of(entry.settings)}
                                                : fmt::format("{}.{}", kind_of(entry.settings), signal);
        entry.name = base;
        for (int number = 2; !taken.insert(entry.name).second; ++number) entry.name = fmt::format("{}-{}", base, number);
    }
}

Result<ConfigSet> configuration(std::vector<ScalingSpec> specs, GuardSettings guards) {
    Diagnostics all;
    std::set<std::string> names;
    for (auto& spec : specs) {
        name_policies(spec);
        Diagnostics part;
        validate(spec, part);
        if (part.ok()) {
            for (const auto& entry : spec.policies) {
                if (auto policy = make_policy(entry.settings, spec); !policy) part.error(entry.name, policy.error().message);
            }
        }
        if (!names.insert(spec.name_space + "/" + spec.name).second) {
            part.error("", "another policy document has this name");
        }
        all.adopt(spec.name, part);
    }
    Diagnostics together;
    validate(guards, specs, together);
    all.adopt("guards", together);
    if (all.ok()) return ConfigSet{std::move(specs), std::move(guards)};
    std::string message;
    for (const auto& complaint : all.complaints()) {
        if (complaint.severity != Severity::error) continue;
        if (!message.empty()) message += '\n';
        message += complaint.path + ": " + complaint.message;
    }
    return fail(Errc::bad_config, std::move(message));
}

void bind(Fields& fields, ScalingRule& rule) {
    static constexpr std::array<std::string_view, 2> types{"Pods", "Percent"};
    fields.choice("type", rule.type, types, "what value counts");
    fields.required("value", rule.value, between(1, 1e6), "the most change within the period");
    fields.required("periodSeconds", rule.period_seconds, between(1, 1800), "the period, in seconds");
}

void bind(Fields& fields, ScalingRules& rules) {
    static constexpr std::array<std::string_view, 3> selects{"Max", "Min", "Disabled"};
    fields.optional("stabilizationWindowSeconds", rules.stabilization_window_seconds, between(0, 3600),
                    "how long a wish must last before it is followed, in seconds");
    fields.choice("selectPolicy", rules.select, selects, "which of the policies holds: the largest change, the smallest, none at all");
    fields.optional("policies", rules.policies, {}, "how fast the size may change");
    fields.optional("tolerance", rules.tolerance, Rule{0, kMostTolerance, false, Notation::quantity}, "no change while the ratio is this near to 1");
}

void bind(Fields& fields, Behavior& behavior) {
    fields.optional("scaleUp", behavior.scale_up, {}, "upwards");
    fields.optional("scaleDown", behavior.scale_down, {}, "downwards");
}

void bind(Fields& fields, SignalSpec& signal) {
    fields.state("name", signal.name);
    fields.state("dimension", signal.dimension);
    fields.state("perPod", signal.per_pod);
    fields.state("idleWhen", signal.idle_when);
    fields.state("maxAge", signal.max_age);
    fields.state("resolution", signal.resolution);
    fields.state("activation", signal.activation);
    fields.state("of", signal.of);
    fields.state("container", signal.container);
}

void bind(Fields& fields, OnMissing& missing) {
    fields.state("replicas", missing.replicas);
    fields.state("after", missing.after);
    fields.state("allowDown", missing.allow_down);
}

void bind(Fields& fields, YieldSettings& yield) {
    using namespace std::chrono_literals;
    fields.optional("toIncrease", yield.to_increase, lasting(0s, 24h), "how long a size that somebody else raised is a floor");
    fields.optional("toDecrease", yield.to_decrease, lasting(0s, 24h), "how long a size that somebody else lowered is kept");
}

void bind(Fields& fields, PolicyEntry& entry) {
    fields.state("name", entry.name);
    fields.tagged(entry.settings);
}

void bind(Fields& fields, ScalingSpec& spec) {
    fields.state("name", spec.name);
    fields.state("namespace", spec.name_space);
    fields.state("target", spec.target);
    fields.state("min", spec.replicas.min);
    fields.state("max", spec.replicas.max);
    fields.state("interval", spec.interval);
    fields.state("signals", spec.signals);
    fields.state("policies", spec.policies);
    fields.state("combine", spec.combine);
    fields.state("behavior", spec.behavior);
    fields.state("onMissing", spec.on_missing);
    fields.state("holdFor", spec.hold_for);
    fields.state("mode", spec.mode);
    fields.state("compat", spec.compat);
    fields.state("yield", spec.yield);
    fields.state("leaveFirst", spec.leave_first);
}

void bind(Fields& fields, ConfigSet& set) {
    fields.state("specs", set.specs);
    fields.state("guards", set.guards);
}

}  // namespace setpoint
