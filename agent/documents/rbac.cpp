// SPDX-License-Identifier: Apache-2.0
#include "agent/documents/rbac.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "agent/documents/scalar_text.hpp"
#include "agent/documents/suggestion.hpp"
#include "clients/kube_kinds.hpp"
#include "clients/shard_leases.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;
using Words = std::set<std::string>;

constexpr const char* kRbac = "rbac.authorization.k8s.io";
constexpr const char* kRoleName = "setpoint";
constexpr const char* kCustomMetrics = "custom.metrics.k8s.io";

/// What may be done in one namespace, or in all.
class Rules {
public:
    explicit Rules(bool by_name) : by_name_(by_name) {}

    void allow(const std::string& group, const std::string& resource, const Words& verbs) { objects_of(group, resource, verbs) = {true, {}}; }
    /// Only for the object `name`, unless all are allowed.
    void allow(const std::string& group, const std::string& resource, const Words& verbs, const std::string& name) {
        if (!by_name_) return allow(group, resource, verbs);
        auto& objects = objects_of(group, resource, verbs);
        if (!objects.all) objects.names.insert(name);
    }
    [[nodiscard]] Json json() const;

private:
    struct Objects {
        bool all = false;
        Words names;  // where not all
    };

    Objects& objects_of(const std::string& group, const std::string& resource, const Words& verbs) { return rules_[{group, resource, verbs}]; }

    bool by_name_;
    std::map<std::tuple<std::string, std::string, Words>, Objects> rules_;
};

Json Rules::json() const {
    Json list = Json::array();
    for (const auto& [rule, objects] : rules_) {
        const auto& [group, resource, verbs] = rule;
        Json one{{"apiGroups", Json::array({group})}, {"resources", Json::array({resource})}};
        if (!objects.all) one["resourceNames"] = objects.names;
        one["verbs"] = verbs;
        list.push_back(std::move(one));
    }
    return list;
}

class Permissions {
public:
    explicit Permissions(const RbacScope& scope) : scope_(scope) {}

    void add(const PolicyDocument& policy);
    [[nodiscard]] Result<std::vector<Json>> documents() const;

private:
    [[nodiscard]] Rules& rules_in(const std::string& name_space);
    [[nodiscard]] std::optional<KubeResource> resource_of(const std::string& kind, const std::string& api_version);
    void add_target(const KubernetesTarget& target, Rules& rules);
    void add_scaled(Rules& rules) const;
    void allow_shards(Rules& own) const;
    void add_source(const SourceSettings& source, Rules& rules);
    [[nodiscard]] Json role(const char* kind, const std::string& name, const std::string& name_space, const Rules& rules) const;
    [[nodiscard]] Json binding(const char* kind, const std::string& name, const std::string& name_space) const;

    const RbacScope& scope_;
    std::map<std::string, Rules> rules_;  // by namespace; of the whole cluster under no name
    Words unknown_;
};

Rules& Permissions::rules_in(const std::string& name_space) {
    const auto key = scope_.cluster_wide ? std::string{} : name_space.empty() ? scope_.name_space : name_space;
    return rules_.try_emplace(key, Rules{!scope_.cluster_wide}).first->second;
}

std::optional<KubeResource> Permissions::resource_of(const std::string& kind, const std::string& api_version) {
    if (const auto* known = known_kind(kind, api_version)) return known->resource();
    const auto given = scope_.resources.find(kind);
    if (given != scope_.resources.end()) return given->second;
    if (api_version.empty()) {
        unknown_.insert(fmt::format("{}: its apiVersion is needed, and here --resource {}=PLURAL.GROUP", kind, kind));
    } else {
        unknown_.insert(fmt::format("{} of {}: its plural is not known, say --resource {}=PLURAL.{}", kind, api_version, kind, group_of(api_version)));
    }
    return std::nullopt;
}

void Permissions::add(const PolicyDocument& policy) {
    const auto* target = std::get_if<KubernetesTarget>(&policy.target);
    if (target == nullptr) return;
    auto& rules = rules_in(policy.spec.name_space);
    const Words watch{"get", "list", "watch"};
    rules.allow("setpoint.dev", "scalingpolicies", watch);
    rules.allow("setpoint.dev", "scalingpolicies/status", {"patch"}, policy.spec.name);
    rules.allow("", "events", {"create", "patch"});
    rules.allow("", "pods", watch);
    if (!target->deletion_cost.empty()) rules.allow("", "pods", {"patch"});
    rules.allow("autoscaling", "horizontalpodautoscalers", watch);  // who else scales the target
    rules.allow("keda.sh", "scaledobjects", watch);
    rules.allow("policy", "poddisruptionbudgets", watch);           // what `min` must leave room for
    add_target(*target, rules);
    for (const auto& source : policy.sources) {
        if (source) add_source(*source, rules);
    }
}

void Permissions::add_target(const KubernetesTarget& target, Rules& rules) {
    const auto resource = resource_of(target.object_kind, target.api_version);
    if (!resource) return;
    const Words write{"get", "patch"};
    const auto* known = known_kind(target.object_kind, target.api_version);
    if (known != nullptr && known->sized == KubeKind::Sized::floor) {
        rules.allow(resource->group, resource->plural, write, target.name);
        return add_scaled(rules);
    }
    if (known != nullptr) rules.allow(resource->group, resource->plural, {"get", "list", "watch"});
    rules.allow(resource->group, resource->plural + "/scale", write, target.name);
}

/// What another autoscaler may scale is not in the policy.
void Permissions::add_scaled(Rules& rules) const {
    for (const auto* kind : {"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"}) {
        const auto resource = known_kind(kind)->resource();
        rules.allow(resource.group, resource.plural, {"get", "list", "watch"});
    }
    for (const auto& [kind, resource] : scope_.resources) rules.allow(resource.group, resource.plural + "/scale", {"get"});
}

void Permissions::add_source(const SourceSettings& source, Rules& rules) {
    if (std::holds_alternative<CpuSource>(source) || std::holds_alternative<MemorySource>(source)) {
        rules.allow("metrics.k8s.io", "pods", {"get", "list"});
    } else if (const auto* pods = std::get_if<PodMetricSource>(&source)) {
        rules.allow(kCustomMetrics, "pods/" + pods->name, {"get", "list"});
    } else if (const auto* external = std::get_if<ExternalMetricSource>(&source)) {
        rules.allow("external.metrics.k8s.io", external->name, {"get", "list"});
    } else if (const auto* metric = std::get_if<ObjectMetricSource>(&source)) {
        const auto& object = metric->object;
        if (object.kind == "Namespace") return rules.allow(kCustomMetrics, "metrics", {"get", "list"}, metric->name);
        const auto described = resource_of(object.kind, object.api_version);
        if (!described) return;
        rules.allow(kCustomMetrics, qualified_plural(*described) + "/" + metric->name, {"get", "list"}, object.name);
    }
}

Json Permissions::role(const char* kind, const std::string& name, const std::string& name_space, const Rules& rules) const {
    Json out{{"apiVersion", fmt::format("{}/v1", kRbac)}, {"kind", kind}};
    out["metadata"]["name"] = name;
    if (!name_space.empty()) out["metadata"]["namespace"] = name_space;
    out["rules"] = rules.json();
    return out;
}

Json Permissions::binding(const char* kind, const std::string& name, const std::string& name_space) const {
    Json out{{"apiVersion", fmt::format("{}/v1", kRbac)}, {"kind", fmt::format("{}Binding", kind)}};
    out["metadata"]["name"] = name;
    if (!name_space.empty()) out["metadata"]["namespace"] = name_space;
    out["roleRef"] = {{"apiGroup", kRbac}, {"kind", kind}, {"name", name}};
    out["subjects"] = Json::array({{{"kind", "ServiceAccount"}, {"name", scope_.account}, {"namespace", scope_.account_namespace}}});
    return out;
}

void Permissions::allow_shards(Rules& own) const {
    for (std::size_t shard = 0; shard < scope_.shards; ++shard) own.allow("coordination.k8s.io", "leases", {"get", "update"}, shard_lease(scope_.lease, shard));
    own.allow("coordination.k8s.io", "leases", {"patch"}, roll_lease(scope_.lease));
}

Result<std::vector<Json>> Permissions::documents() const {
    if (!unknown_.empty()) return fail(Errc::bad_config, fmt::format("{}", fmt::join(unknown_, "\n")));
    std::vector<Json> out;
    for (const auto& [name_space, rules] : rules_) {
        const auto* kind = scope_.cluster_wide ? "ClusterRole" : "Role";
        out.push_back(role(kind, kRoleName, name_space, rules));
        out.push_back(binding(kind, kRoleName, name_space));
    }
    if (scope_.kubelets) {
        Rules nodes{false};
        nodes.allow("", "nodes", {"get", "list", "watch"});
        nodes.allow("", "nodes/metrics", {"get"});
        const auto name = fmt::format("{}-kubelets", kRoleName);
        out.push_back(role("ClusterRole", name, {}, nodes));
        out.push_back(binding("ClusterRole", name, {}));
    }
    Rules own{true};
    own.allow("coordination.k8s.io", "leases", {"create"});  // which has no name yet
    if (scope_.shards == 1) own.allow("coordination.k8s.io", "leases", {"get", "update"}, scope_.lease);
    else allow_shards(own);
    const auto own_name = fmt::format("{}-lease", kRoleName);
    out.push_back(role("Role", own_name, scope_.account_namespace, own));
    out.push_back(binding("Role", own_name, scope_.account_namespace));
    return out;
}

}  // namespace

Result<std::vector<Json>> rbac_for(const std::vector<PolicyDocument>& policies, const RbacScope& scope) {
    Permissions permissions{scope};
    for (const auto& policy : policies) permissions.add(policy);
    return permissions.documents();
}

Result<void> read_resource(const std::string& text, std::map<std::string, KubeResource>& into) {
    const auto equals = text.find('=');
    const auto dot = text.find('.', equals == std::string::npos ? text.size() : equals);
    const bool whole = equals != std::string::npos && equals > 0 && dot != std::string::npos && dot > equals + 1 && dot + 1 < text.size();
    if (!whole || !is_dns_label(text.substr(equals + 1, dot - equals - 1))) {
        return fail(Errc::bad_config, fmt::format("must be KIND=PLURAL.GROUP, such as Rollout=rollouts.argoproj.io, was {}", shown(text)));
    }
    into[text.substr(0, equals)] = {text.substr(dot + 1), {}, text.substr(equals + 1, dot - equals - 1)};
    return {};
}

}  // namespace setpoint
