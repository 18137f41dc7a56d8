// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_scaler.hpp"

#include <algorithm>

#include "clients/kube_kinds.hpp"
#include "clients/reply_json.hpp"

namespace setpoint {
namespace {

using namespace reply_json;

// What stands for fields that are left out: in the API server, and in KEDA.
constexpr Replicas kHpaLeast = 1;
constexpr Replicas kKedaLeast = 0;
constexpr Replicas kKedaMost = 100;

std::optional<Replicas> replicas_in(const Json& spec, const char* name) {
    const auto number = count(member(spec, name));
    return number ? std::optional{static_cast<Replicas>(std::min<std::uint64_t>(*number, kMaxReplicas))} : std::nullopt;
}

std::string otherwise(std::string given, const char* usual) { return given.empty() ? usual : given; }

/// Whom it scales; KEDA leaves out what is usual.
Result<KubeScaler> read_target(const Json& object) {
    const auto* target = member(object, "spec", "scaleTargetRef");
    auto name = target == nullptr ? std::string{} : text(member(*target, "name"));
    if (name.empty()) return fail(Errc::bad_reply, "it has no scaleTargetRef");
    KubeScaler scaler;
    scaler.kind = otherwise(text(member(*target, "kind")), "Deployment");
    scaler.api_version = text(member(*target, "apiVersion"));
    scaler.name = std::move(name);
    return scaler;
}

std::string made_by(const Json& object) {
    const auto* owners = member(object, "metadata", "ownerReferences");
    if (owners == nullptr || !owners->is_array()) return {};
    for (const auto& owner : *owners) {
        if (text(member(owner, "kind")) == "ScaledObject") return text(member(owner, "name"));
    }
    return {};
}

}  // namespace

Result<KubeScaler> read_kube_hpa(std::string_view json) {
    const auto object = read(json);
    if (!object) return tl::unexpected<Error>(object.error());
    auto scaler = read_target(*object);
    if (!scaler) return scaler;
    const auto& spec = (*object)["spec"];
    const auto most = replicas_in(spec, "maxReplicas");
    if (!most) return fail(Errc::bad_reply, "it has no maxReplicas");
    scaler->least = replicas_in(spec, "minReplicas").value_or(kHpaLeast);
    scaler->most = *most;
    scaler->made_by = made_by(*object);
    return scaler;
}

Result<KubeScaler> read_scaled_object(std::string_view json) {
    const auto object = read(json);
    if (!object) return tl::unexpected<Error>(object.error());
    auto scaler = read_target(*object);
    if (!scaler) return scaler;
    const auto& spec = (*object)["spec"];
    scaler->least = replicas_in(spec, "minReplicaCount").value_or(kKedaLeast);
    scaler->most = replicas_in(spec, "maxReplicaCount").value_or(kKedaMost);
    scaler->idle = replicas_in(spec, "idleReplicaCount");
    return scaler;
}

}  // namespace setpoint
