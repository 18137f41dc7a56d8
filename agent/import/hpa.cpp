// SPDX-License-Identifier: Apache-2.0
#include "agent/import/hpa.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "agent/documents/suggestion.hpp"
#include "agent/import/behavior.hpp"
#include "agent/import/hpa_metrics.hpp"
#include "agent/import/target_ref.hpp"

namespace setpoint {
namespace {

constexpr std::int64_t kUsualCpu = 80;  // percent, where an object says nothing
constexpr const char* kMetricsAnnotation = "autoscaling.alpha.kubernetes.io/metrics";
constexpr const char* kBehaviorAnnotation = "autoscaling.alpha.kubernetes.io/behavior";

/// What v1 carries as JSON in an annotation; `what` keeps it alive.
Foreign annotated(Foreign& annotations, const char* key, YamlText& what) {
    const auto text = annotations.text(key);
    const YamlNode* node = nullptr;
    if (text) {
        what = parse_yaml(*text, annotations.file());
        for (const auto& finding : what.findings) annotations.wrong(key, "is broken: " + finding.message);
        if (what.findings.empty() && !what.documents.empty()) node = what.documents.front().get();
    }
    return {node, annotations.place_of(key), fmt::format("{}.{}", annotations.path(), key), annotations.file(), annotations.findings(), Foreign::Written::annotation};
}

}  // namespace

Draft import_hpa(Foreign object, std::string_view api_version) {
    Draft draft;
    auto metadata = object.part("metadata");
    name_draft(draft, metadata);
    auto spec = object.part("spec");
    if (!spec.there()) {
        object.wrong("spec", "is missing");
        return draft;
    }
    draft.target = import_target(spec, {});
    draft.replicas.min = static_cast<Replicas>(spec.whole("minReplicas", 0, kMaxReplicas).value_or(1));
    const auto max = spec.whole("maxReplicas", 1, kMaxReplicas);
    const auto keys = spec.keys();
    if (std::ranges::find(keys, "maxReplicas") == keys.end()) spec.wrong("maxReplicas", "is missing");
    draft.replicas.max = static_cast<Replicas>(max.value_or(1));
    if (max && draft.replicas.min > draft.replicas.max) spec.wrong("minReplicas", fmt::format("must not be above maxReplicas, was {} above {}", draft.replicas.min, *max));

    auto annotations = metadata.part("annotations");
    const bool first_version = api_version == "autoscaling/v1";
    if (first_version) {
        YamlText metrics;
        import_metrics(annotated(annotations, kMetricsAnnotation, metrics).elements(), MetricShape::flat, draft);
        if (const auto percent = spec.whole("targetCPUUtilizationPercentage", 1, kMostPercent)) track_cpu(draft, *percent);
    } else {
        import_metrics(spec.list("metrics"), api_version == "autoscaling/v2beta1" ? MetricShape::flat : MetricShape::nested, draft);
    }
    if (draft.policies.empty() && !draft.partial) track_cpu(draft, kUsualCpu);
    YamlText behavior;
    import_behavior(first_version ? annotated(annotations, kBehaviorAnnotation, behavior) : spec.part("behavior"), draft);
    spec.finish();
    return draft;
}

}  // namespace setpoint
