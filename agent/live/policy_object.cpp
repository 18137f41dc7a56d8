// SPDX-License-Identifier: Apache-2.0
#include "agent/live/policy_object.hpp"

#include "clients/engine_json.hpp"

namespace setpoint {
namespace {

using namespace engine_json;

constexpr std::size_t kLargest = 256U << 10U;

}  // namespace

Result<PolicyObject> read_policy_object(std::string_view json) {
    if (json.size() > kLargest) return fail(Errc::bad_reply, "a ScalingPolicy is larger than 256 KiB");
    const auto read_json = engine_json::read(json);
    if (!read_json) return tl::unexpected<Error>(read_json.error());
    const auto& object = *read_json;
    PolicyObject policy;
    policy.ns = text(member(object, "metadata", "namespace"));
    policy.name = text(member(object, "metadata", "name"));
    policy.full_uid = text(member(object, "metadata", "uid"));
    policy.uid = hash_of(policy.full_uid);
    policy.generation = static_cast<std::int64_t>(count(member(object, "metadata", "generation")).value_or(0));
    policy.created = text(member(object, "metadata", "creationTimestamp"));
    if (policy.name.empty() || policy.full_uid.empty()) return fail(Errc::bad_reply, "a ScalingPolicy has a name and a UID");
    Json document{{"metadata", {{"name", policy.name}, {"namespace", policy.ns}}}};
    for (const auto* key : {"apiVersion", "kind", "spec"}) {
        if (const auto* value = member(object, key)) document[key] = *value;
    }
    policy.document = document.dump();
    return policy;
}

}  // namespace setpoint
