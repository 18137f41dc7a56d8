// SPDX-License-Identifier: Apache-2.0
#include "agent/live/policy_object.hpp"

#include <algorithm>

#include "clients/managed_fields.hpp"
#include "clients/reply_json.hpp"

namespace setpoint {
namespace {

using namespace reply_json;

constexpr std::size_t kLargest = 2U << 20U;
constexpr std::size_t kLargestDocument = 256U << 10U;
constexpr std::string_view kOurs = "setpoint.dev/";

PolicyAnnotations annotations_of(const Json& object) {
    PolicyAnnotations found;
    const auto* all = member(object, "metadata", "annotations");
    if (all == nullptr || !all->is_object()) return found;
    for (const auto& [name, value] : all->items()) {
        if (name.starts_with(kOurs)) found.said.emplace(name.substr(kOurs.size()), text(&value));
    }
    // When its end was written: `for` counts from then, and `until` may not lie too far ahead of it.
    const auto end = found.said.contains("for") ? "f:setpoint.dev/for" : "f:setpoint.dev/until";
    if (const auto writer = writer_of(object, {"f:metadata", "f:annotations", end})) found.written = writer->time;
    return found;
}

/// By the names alone: what is in conflict over one target has the same, also where the versions of its kind differ.
std::string target_of(const Json& object, const PolicyObject& policy) {
    const auto kind = text(member(object, "spec", "target", "kubernetes", "kind"));
    const auto name = text(member(object, "spec", "target", "kubernetes", "name"));
    if (kind.empty() || name.empty()) return policy.ns + "/ScalingPolicy/" + policy.name;
    return policy.ns + "/" + kind + "/" + name;
}

}  // namespace

Result<PolicyObject> read_policy_object(std::string_view json) {
    if (json.size() > kLargest) return fail(Errc::bad_reply, "it is larger than 2 MiB");
    const auto read_json = reply_json::read(json);
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
    policy.target = target_of(object, policy);
    Json document{{"metadata", {{"name", policy.name}, {"namespace", policy.ns}}}};
    for (const auto* key : {"apiVersion", "kind", "spec"}) {
        if (const auto* value = member(object, key)) document[key] = *value;
    }
    policy.document = document.dump();
    if (policy.document.size() > kLargestDocument) {
        policy.unreadable = "its spec is larger than 256 KiB";
        policy.document.clear();
    }
    policy.annotations = annotations_of(object);
    return policy;
}

PolicyMemory read_policy_memory(std::string_view json) {
    const auto object = json.size() > kLargest ? Result<Json>{Json{}} : reply_json::read(json);
    if (!object) return {};
    PolicyMemory memory{text(member(*object, "status", "checkpoint")), text(member(*object, "status", "resumed")),
                        stamp(member(*object, "status", "lastScaleTime")), {}};
    const auto* conditions = member(*object, "status", "conditions");
    if (conditions == nullptr || !conditions->is_array()) return memory;
    for (const auto& one : *conditions) {
        memory.conditions.push_back({text(member(one, "type")), text(member(one, "status")), text(member(one, "reason")), stamp(member(one, "lastTransitionTime"))});
    }
    return memory;
}

const PolicyMemory::Condition* PolicyMemory::condition(std::string_view type) const {
    const auto found = std::ranges::find(conditions, type, &Condition::type);
    return found == conditions.end() ? nullptr : &*found;
}

}  // namespace setpoint
