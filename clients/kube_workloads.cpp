// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_workloads.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "clients/managed_fields.hpp"
#include "clients/reply_json.hpp"

namespace setpoint {
namespace {

using namespace reply_json;

constexpr std::array<std::pair<std::string_view, KubeSelector::Operator>, 4> kOperators{{
    {"In", KubeSelector::Operator::in},
    {"NotIn", KubeSelector::Operator::not_in},
    {"Exists", KubeSelector::Operator::exists},
    {"DoesNotExist", KubeSelector::Operator::does_not_exist},
}};

Replicas replicas_of(const Json* value, Replicas otherwise) {
    const auto number = count(value);
    return number ? static_cast<Replicas>(std::min<std::uint64_t>(*number, kMaxReplicas)) : otherwise;
}

void read_labels(const Json* labels, std::map<std::string, std::string>& into) {
    if (labels == nullptr || !labels->is_object()) return;
    for (const auto& [name, value] : labels->items()) into.emplace(name, text(&value));
}

/// An operator that is not known would select other pods than the workload's.
Result<KubeSelector::Expression> expression_of(const Json& json) {
    const auto written = text(member(json, "operator"));
    const auto* known = std::ranges::find(kOperators, written, [](const auto& entry) { return entry.first; });
    if (known == kOperators.end()) return fail(Errc::bad_reply, "its selector has the operator '" + written.substr(0, 40) + "'");
    KubeSelector::Expression expression{text(member(json, "key")), known->second, {}};
    const auto* values = member(json, "values");
    if (values != nullptr && values->is_array()) {
        for (const auto& value : *values) expression.values.push_back(text(&value));
    }
    return expression;
}

/// A ReplicationController's selector is only labels.
Result<KubeSelector> selector_of(const Json& spec) {
    KubeSelector selector;
    const auto* json = member(spec, "selector");
    if (json == nullptr || !json->is_object()) return fail(Errc::bad_reply, "it has no selector");
    const auto* labels = member(*json, "matchLabels");
    const auto* expressions = member(*json, "matchExpressions");
    read_labels(labels == nullptr && expressions == nullptr ? json : labels, selector.labels);
    if (expressions == nullptr || !expressions->is_array()) return selector;
    for (const auto& one : *expressions) {
        auto expression = expression_of(one);
        if (!expression) return tl::unexpected<Error>(std::move(expression.error()));
        selector.expressions.push_back(std::move(*expression));
    }
    return selector;
}

bool is_past_its_deadline(const Json& status) {
    const auto* conditions = member(status, "conditions");
    if (conditions == nullptr || !conditions->is_array()) return false;
    return std::ranges::any_of(*conditions, [](const Json& condition) {
        return text(member(condition, "type")) == "Progressing" && text(member(condition, "reason")) == "ProgressDeadlineExceeded";
    });
}

/// Of a Deployment pods of an older revision are beyond the updated ones; a StatefulSet names its revisions. Others have none.
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
    auto selector = selector_of(*spec);
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
