// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_workloads.hpp"

#include <algorithm>
#include <utility>

#include "clients/managed_fields.hpp"
#include "clients/reply_json.hpp"
#include "clients/selector_json.hpp"

namespace setpoint {
namespace {

using namespace reply_json;

Replicas replicas_of(const Json* value, Replicas otherwise) {
    const auto number = count(value);
    return number ? static_cast<Replicas>(std::min<std::uint64_t>(*number, kMaxReplicas)) : otherwise;
}

bool is_past_its_deadline(const Json& status) {
    const auto* conditions = member(status, "conditions");
    if (conditions == nullptr || !conditions->is_array()) return false;
    return std::ranges::any_of(*conditions, [](const Json& condition) {
        return text(member(condition, "type")) == "Progressing" && text(member(condition, "reason")) == "ProgressDeadlineExceeded";
    });
}

/// A Deployment rolls out while it has more pods than updated ones. A StatefulSet does while its current revision is not the newest. Other
/// kinds have no rollouts.
KubeWorkload::Rollout rollout_of(const Json& spec, const Json& status, Replicas exist) {
    using enum KubeWorkload::Rollout;
    const auto updated = replicas_of(member(status, "updatedReplicas"), 0);
    const auto current = text(member(status, "currentRevision"));
    const bool paused = member(spec, "paused") != nullptr && *member(spec, "paused") == true;
    if (!current.empty()) {
        const bool by_hand = text(member(spec, "updateStrategy", "type")) == "OnDelete";
        const auto kept = replicas_of(member(spec, "updateStrategy", "rollingUpdate", "partition"), 0);
        return current != text(member(status, "updateRevision")) && !by_hand && updated + kept < exist ? going : none;
    }
    const bool rolls = member(spec, "strategy") != nullptr && !paused && updated < exist;
    if (!rolls) return none;
    return is_past_its_deadline(status) ? stuck : going;
}

}  // namespace

Result<KubeWorkload> read_kube_workload(std::string_view json) {
    const auto object = read(json);
    if (!object) return tl::unexpected<Error>(object.error());
    const auto* spec = member(*object, "spec");
    if (spec == nullptr || !spec->is_object()) return fail(Errc::bad_reply, "it has no spec");
    const auto* written = member(*spec, "selector");
    if (written == nullptr || !written->is_object()) return fail(Errc::bad_reply, "it has no selector");
    auto selector = read_selector(*written);
    if (!selector) return tl::unexpected<Error>(std::move(selector.error()));
    KubeWorkload workload;
    workload.selector = std::move(*selector);
    workload.replicas = replicas_of(member(*spec, "replicas"), 1);
    workload.one_by_one = text(member(*spec, "podManagementPolicy")) == "OrderedReady";  // only a StatefulSet has one
    if (const auto writer = writer_of(*object, {"f:spec", "f:replicas"})) {
        workload.sized_by = writer->manager;
        workload.sized_at = writer->time;
    }
    const auto* status = member(*object, "status");
    if (status == nullptr) return workload;
    workload.exist = replicas_of(member(*status, "replicas"), 0);
    workload.rollout = rollout_of(*spec, *status, workload.exist);
    return workload;
}

}  // namespace setpoint
