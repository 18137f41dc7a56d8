// SPDX-License-Identifier: Apache-2.0
#include "agent/import/target_ref.hpp"

#include "clients/kube_kinds.hpp"

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
    // Deployments were in `extensions` once.
    const bool old = group_of(target.api_version) == "extensions" && known_kind(target.object_kind) != nullptr;
    if (old || known_kind(target.object_kind, target.api_version) != nullptr) target.api_version.clear();
    reference.ignore("envSourceContainerName");  // of the triggers' secrets
    reference.finish();
    return target;
}

}  // namespace setpoint
