// SPDX-License-Identifier: Apache-2.0
#include "agent/import/target_ref.hpp"

#include "agent/documents/known_kinds.hpp"

namespace setpoint {

KubernetesTarget import_target(Foreign& spec, const KubernetesTarget& defaults) {
    auto reference = spec.part("scaleTargetRef");
    if (!reference.there()) {
        spec.wrong("scaleTargetRef", "is missing: what is scaled");
        return {};
    }
    KubernetesTarget target;
    target.object_kind = reference.text("kind").value_or(defaults.object_kind);
    target.name = reference.text("name").value_or("");
    target.api_version = reference.text("apiVersion").value_or(defaults.api_version);
    if (target.object_kind.empty()) reference.wrong("kind", "is missing");
    if (target.name.empty()) reference.wrong("name", "is missing");
    const auto known = known_resource(target.object_kind);
    const auto group = group_of(target.api_version);
    // Deployments were in `extensions` once.
    if (known && (target.api_version.empty() || group == known->group || group == "extensions")) target.api_version.clear();
    reference.ignore("envSourceContainerName");  // of the triggers' secrets
    reference.finish();
    return target;
}

}  // namespace setpoint
