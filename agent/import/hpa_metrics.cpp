// SPDX-License-Identifier: Apache-2.0
#include "agent/import/hpa_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/documents/suggestion.hpp"
#include "agent/import/label_selector.hpp"
#include "clients/kube_kinds.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

struct Goal {
    const char* of;  // the setting of `track`
    std::string amount;
};

/// What a metric is called, of which series, and which goal it has.
struct Metric {
    std::string name;
    std::string selector;
    std::optional<Goal> goal;
};

Json with_age(std::string_view kind, Json settings) {
    return {{std::string{kind}, std::move(settings)}, {"maxAge", kOldestValue}};
}

Json named(const Metric& metric) {
    Json out{{"name", metric.name}};
    if (!metric.selector.empty()) out["selector"] = metric.selector;
    return out;
}

/// How a goal is written, and the setting of `track` that it is.
struct GoalKey {
    const char* key;
    const char* of;
};
constexpr std::array<GoalKey, 3> kNested{{{"averageUtilization", "utilization"}, {"averageValue", "averageValue"}, {"value", "value"}}};
constexpr std::array<GoalKey, 2> kFlatOfResource{{{"targetAverageUtilization", "utilization"}, {"targetAverageValue", "averageValue"}}};
constexpr std::array<GoalKey, 1> kFlatOfPods{{{"targetAverageValue", "averageValue"}}};
constexpr std::array<GoalKey, 2> kFlatOfObject{{{"averageValue", "averageValue"}, {"targetValue", "value"}}};
constexpr std::array<GoalKey, 2> kFlatExternal{{{"targetAverageValue", "averageValue"}, {"targetValue", "value"}}};

/// The goal of the first of `keys` that is there, in the order that HPA looks at them; what is wrong with it is said once.
std::optional<Goal> goal_in(Foreign& from, std::span<const GoalKey> keys) {
    const auto given = std::ranges::find_if(keys, [&](const GoalKey& one) { return from.has(one.key); });
    for (const auto& one : keys) from.ignore(one.key);
    if (given == keys.end()) {
        std::vector<std::string_view> names;
        for (const auto& one : keys) names.emplace_back(one.key);
        from.wrong({}, fmt::format("has no goal: {}", fmt::join(names, ", ")));
        return std::nullopt;
    }
    if (std::string_view{given->of} == "utilization") {
        const auto percent = from.whole(given->key, 1, kMostPercent);
        return percent ? std::optional{Goal{given->of, fmt::format("{}%", *percent)}} : std::nullopt;
    }
    const auto amount = from.quantity(given->key);
    return amount ? std::optional{Goal{given->of, *amount}} : std::nullopt;
}

std::optional<Goal> nested_goal(Foreign target) {
    const auto type = target.text("type").value_or("");
    std::span<const GoalKey> keys{kNested};
    if (type == "Utilization") keys = keys.subspan(0, 1);
    else if (type == "AverageValue") keys = keys.subspan(1, 1);
    else if (type == "Value") keys = keys.subspan(2, 1);
    for (const auto& one : kNested) target.ignore(one.key);
    const auto goal = goal_in(target, keys);
    target.finish();
    return goal;
}

class Metrics {
public:
    Metrics(MetricShape shape, Draft& draft) : flat_(shape == MetricShape::flat), draft_(draft) {}

    void take(Foreign& entry);

private:
    void resource(Foreign from, std::string container);
    void container_resource(Foreign from);
    void of_pods(Foreign from);
    void of_object(Foreign from);
    void external(Foreign from);
    [[nodiscard]] Metric metric_of(Foreign& from, const char* name_key, const char* selector_key);
    void left_out(Foreign& from, std::string_view key, std::string message);

    bool flat_;
    Draft& draft_;
};

void Metrics::left_out(Foreign& from, std::string_view key, std::string message) {
    from.note(key, std::move(message));
    draft_.partial = true;
}

void Metrics::take(Foreign& entry) {
    const auto type = entry.text("type").value_or("");
    if (type == "Resource") resource(entry.part("resource"), {});
    else if (type == "ContainerResource") container_resource(entry.part("containerResource"));
    else if (type == "Pods") of_pods(entry.part("pods"));
    else if (type == "Object") of_object(entry.part("object"));
    else if (type == "External") external(entry.part("external"));
    else entry.wrong("type", fmt::format("must be Resource, ContainerResource, Pods, Object or External, was {}", shown(type)));
    entry.finish();
}

void Metrics::container_resource(Foreign from) {
    auto container = from.text("container").value_or("");
    resource(std::move(from), std::move(container));
}

void Metrics::resource(Foreign from, std::string container) {
    if (!from.there()) return from.wrong({}, "is missing");
    const auto name = from.text("name").value_or("");
    const auto goal = flat_ ? goal_in(from, kFlatOfResource) : nested_goal(from.part("target"));
    if (name != "cpu" && name != "memory") {
        return left_out(from, "name", fmt::format("the resource {} has no counterpart, only cpu and memory have: give its metric as a podMetric", shown(name)));
    }
    if (!goal) return;
    Json settings = Json::object();
    if (!container.empty()) settings["container"] = container;
    const auto signal = draft_.signal_for(container.empty() ? name : fmt::format("{}-{}", container, name), with_age(name, settings));
    draft_.track(signal, goal->of, goal->amount);
    from.finish();
}

Metric Metrics::metric_of(Foreign& from, const char* name_key, const char* selector_key) {
    Metric metric;
    auto about = flat_ ? from : from.part("metric");
    metric.name = about.text(flat_ ? name_key : "name").value_or("");
    metric.selector = import_selector(about.part(flat_ ? selector_key : "selector"));
    if (metric.name.empty()) about.wrong(flat_ ? name_key : "name", "is missing: the name of the metric");
    if (flat_) {
        from.ignore(name_key);
        from.ignore(selector_key);
    } else {
        about.finish();
        metric.goal = nested_goal(from.part("target"));
    }
    return metric;
}

void Metrics::of_pods(Foreign from) {
    auto metric = metric_of(from, "metricName", "selector");
    if (flat_) metric.goal = goal_in(from, kFlatOfPods);
    if (!metric.goal) return;
    if (std::string_view{metric.goal->of} != "averageValue") return from.wrong("target", "must be an averageValue: a Pods metric has no other goal");
    draft_.track(draft_.signal_for(metric.name, with_age("podMetric", named(metric))), metric.goal->of, metric.goal->amount);
    from.finish();
}

void Metrics::of_object(Foreign from) {
    auto metric = metric_of(from, "metricName", "selector");
    if (flat_) metric.goal = goal_in(from, kFlatOfObject);
    auto described = from.part(flat_ ? "target" : "describedObject");
    Json object{{"kind", described.text("kind").value_or("")}, {"name", described.text("name").value_or("")}};
    for (const auto* key : {"kind", "name"}) {
        if (object[key] == "") described.wrong(key, "is missing: what the metric describes");
    }
    const auto api_version = described.text("apiVersion").value_or("");
    if (known_kind(object["kind"].get<std::string>(), api_version) == nullptr && !api_version.empty()) object["apiVersion"] = api_version;
    if (!metric.goal) return;
    if (std::string_view{metric.goal->of} == "utilization") return from.wrong("target", "must be a value or an averageValue");
    auto settings = named(metric);
    settings["object"] = std::move(object);
    draft_.track(draft_.signal_for(metric.name, with_age("objectMetric", settings)), metric.goal->of, metric.goal->amount);
    from.finish();
}

void Metrics::external(Foreign from) {
    auto metric = metric_of(from, "metricName", "metricSelector");
    if (flat_) metric.goal = goal_in(from, kFlatExternal);
    if (!metric.goal) return;
    if (std::string_view{metric.goal->of} == "utilization") return from.wrong("target", "must be a value or an averageValue");
    draft_.track(draft_.signal_for(metric.name, with_age("externalMetric", named(metric))), metric.goal->of, metric.goal->amount);
    from.finish();
}

}  // namespace

void import_metrics(std::vector<Foreign> metrics, MetricShape shape, Draft& draft) {
    Metrics reader{shape, draft};
    for (auto& metric : metrics) reader.take(metric);
}

void track_cpu(Draft& draft, std::int64_t percent) {
    draft.track(draft.signal_for("cpu", with_age("cpu", Json::object())), "utilization", fmt::format("{}%", percent));
}

}  // namespace setpoint
