// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/body.hpp"

#include <array>

#include "policies/share_of.hpp"

namespace setpoint {

using namespace std::chrono_literals;

Dimension SignalBody::dimension() const {
    if (unit) return *unit;
    return source ? dimension_of(*source) : Dimension::none;
}

bool SignalBody::resource() const {
    return source && is_per_pod(*source) && ShareOf{dimension(), basis_of(*source)}.is_share();
}

void bind(Fields& fields, MetadataBody& metadata) {
    fields.required("name", metadata.name, dns_label(), "what it is called");
    fields.optional("namespace", metadata.name_space, dns_label(), "in a cluster: the namespace of policy and target");
    fields.optional("labels", metadata.labels, {}, "free; setpoint does not read them");
    fields.optional("annotations", metadata.annotations, {}, "free; of an object in a cluster those of setpoint.dev/ pin or pause");
}

static void bind(Fields& fields, SignalBody& signal) {
    static constexpr std::array<std::string_view, 2> words{CpuSource::kind, MemorySource::kind};
    static constexpr std::array<std::string_view, 6> units{"none", "cores", "bytes", "s", "1/s", "ratio"};
    std::string word;
    if (fields.shorthand(Field{{}, "short for an object with this one key", {}, false, words}, word)) {
        if (word == CpuSource::kind) signal.source = CpuSource{};
        else signal.source = MemorySource{};
        return;
    }
    fields.tagged(signal.source, "source");
    fields.choice("unit", signal.unit, units, "what its values count; settings on the signal are written in it");
    fields.optional("idleWhen", signal.idle_when, identifier(), "the signal whose fresh zero says that this one may be silent");
    fields.optional("maxAge", signal.max_age, lasting(1s, 24h), "older samples are stale; by default 3 times the resolution");
    fields.optional("resolution", signal.resolution, lasting(1s, 1h), "how often the source has something new");
    fields.optional("activation", signal.activation, {0, 1e18, false, Notation::quantity},
                    "with replicas.min 0: the target runs while the signal is above it");
}

static void bind(Fields& fields, BoundsBody& body) {
    fields.optional("min", body.bounds.min, between(0, kMaxReplicas), "the fewest replicas; 0 lets the target sleep");
    fields.required("max", body.bounds.max, between(1, kMaxReplicas), "the most replicas");
}

static void bind(Fields& fields, PolicyBody& body) { fields.tagged(body.entry.name, body.entry.settings); }

static void bind(Fields& fields, OnMissingBody& body) {
    static constexpr std::array<std::string_view, 1> words{"hold"};
    std::string word;
    if (fields.shorthand(Field{{}, "keep the size", {}, false, words}, word)) return;
    auto& missing = body.on_missing;
    fields.required("replicas", missing.replicas, between(0, kMaxReplicas), "the size to go to; it may only raise, unless allowDown");
    fields.optional("after", missing.after, lasting(0s, 24h), "how long nothing valid must have been seen");
    fields.optional("allowDown", missing.allow_down, {}, "whether the size may also lower what runs");
}

static void bind_target(Fields& fields, TargetSettings& target) {
    fields.open(Field{"target", "the workload to scale", {}, true});
    fields.tagged(target);
    fields.close();
}

static void bind(Fields& fields, SpecBody& spec) {
    static constexpr std::array<std::string_view, 2> combines{"max", "min"};
    static constexpr std::array<std::string_view, 3> modes{"live", "shadow", "off"};
    static constexpr std::array<std::string_view, 2> compats{"none", "hpa"};
    bind_target(fields, spec.target);
    fields.required("replicas", spec.replicas, {}, "what the target may be sized to");
    fields.optional("interval", spec.interval, lasting(1s, 5min), "how often a decision is made");
    fields.optional("signals", spec.signals, identifier(), "what the policies look at, by name");
    fields.required("policies", spec.policies, {}, "what decides on the size: at least one");
    fields.choice("combine", spec.combine, combines, "which of several wishes counts");
    fields.optional("behavior", spec.behavior, {}, "HPA v2's limits on how fast the size may change");
    fields.optional("onMissing", spec.on_missing, {}, "what to do while nothing valid is seen");
    fields.optional("holdFor", spec.hold_for, lasting(1s, 7 * 24h), "a longer hold is called degraded");
    fields.choice("mode", spec.mode, modes, "live scales, shadow only says what it would do, off does neither");
    fields.choice("compat", spec.compat, compats, "hpa: the literal arithmetic of HPA v2");
    fields.optional("yield", spec.yield, {}, "to sizes that somebody else set");
}

void bind_head(Fields& fields, std::span<const std::string_view> kinds) {
    static constexpr std::array api_versions{kApiVersion};
    std::size_t only = 0;
    fields.one_of(Field{"apiVersion", "the version of this shape", {}, true}, only, api_versions);
    fields.one_of(Field{"kind", "what the document is", {}, true}, only, kinds);
}

void bind(Fields& fields, DocumentBody& body) {
    static constexpr std::array kinds{kPolicyKind};
    bind_head(fields, kinds);
    fields.required("metadata", body.metadata, {}, "the name of the policy");
    fields.required("spec", body.spec, {}, "what to scale, by what, within which limits");
}

ScalingSpec scaling_spec(const DocumentBody& body) {
    ScalingSpec spec;
    spec.name = body.metadata.name;
    spec.name_space = body.metadata.name_space;
    spec.replicas = body.spec.replicas.bounds;
    spec.interval = body.spec.interval;
    for (const auto& [name, signal] : body.spec.signals) {
        spec.signals.push_back({name, signal.dimension(), signal.source && is_per_pod(*signal.source), signal.idle_when, signal.max_age,
                                signal.resolution, signal.activation});
        if (!signal.source) continue;
        spec.signals.back().of = basis_of(*signal.source);
        spec.signals.back().container = container_of(*signal.source);
    }
    for (const auto& policy : body.spec.policies) spec.policies.push_back(policy.entry);
    spec.combine = body.spec.combine;
    spec.behavior = body.spec.behavior;
    spec.on_missing = body.spec.on_missing.on_missing;
    spec.hold_for = body.spec.hold_for;
    spec.mode = body.spec.mode;
    spec.compat = body.spec.compat;
    spec.yield = body.spec.yield;
    if (const auto* target = std::get_if<KubernetesTarget>(&body.spec.target)) spec.leave_first = target->deletion_cost;
    name_policies(spec);
    return spec;
}

}  // namespace setpoint
