// SPDX-License-Identifier: Apache-2.0
#include "agent/import/hpa_metrics.hpp"

#include <fmt/core.h>

#include <optional>
#include <utility>

#include "agent/documents/suggestion.hpp"
#include "agent/import/label_selector.hpp"
#include "clients/kube_kinds.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostPercent = 1000;

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

std::optional<Goal> percent_goal(Foreign& from, const char* key) {
    const auto percent = from.whole(key, 1, kMostPercent);
    if (!percent) return std::nullopt;
    return Goal{"utilization", fmt::format("{}%", *percent)};
}

std::optional<Goal> amount_goal(Foreign& from, const char* key, const char* of) {
    const auto amount = from.quantity(key);
    if (!amount) return std::nullopt;
    return Goal{of, *amount};
}

/// The one of several goals that is there, in the order that HPA looks at them.
template <class... Goals>
std::optional<Goal> first_of(Goals... goals) {
    std::optional<Goal> found;
    ((found = found ? found : goals), ...);
    return found;
}

std::optional<Goal> nested_goal(Foreign target) {
    const auto type = target.text("type").value_or("");
    auto goal = first_of(percent_goal(target, "averageUtilization"), amount_goal(target, "averageValue", "averageValue"),
                         amount_goal(target, "value", "value"));
    if (type == "Utilization") goal = percent_goal(target, "averageUtilization");
    if (type == "AverageValue") goal = amount_goal(target, "averageValue", "averageValue");
    if (type == "Value") goal = amount_goal(target, "value", "value");
    if (!goal) target.wrong({}, "has no goal: averageUtilization, averageValue or value");
    target.finish();
    return goal;
}

class Metrics {
public:
    Metrics(MetricShape shape, Draft& draft) : flat_(shape == MetricShape::flat), draft_(draft) {}

    void take(Foreign& entry);

private:
    void resource(Foreign from, std::string container);
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
    else if (type == "ContainerResource") resource(entry.part("containerResource"), entry.part("containerResource").text("container").value_or(""));
    else if (type == "Pods") of_pods(entry.part("pods"));
    else if (type == "Object") of_object(entry.part("object"));
    else if (type == "External") external(entry.part("external"));
    else entry.wrong("type", fmt::format("must be Resource, ContainerResource, Pods, Object or External, was {}", shown(type)));
    entry.finish();
}

void Metrics::resource(Foreign from, std::string container) {
    if (!from.there()) return from.wrong({}, "is missing");
    from.ignore("container");
    const auto name = from.text("name").value_or("");
    const auto goal = flat_ ? first_of(percent_goal(from, "targetAverageUtilization"), amount_goal(from, "targetAverageValue", "averageValue"))
                            : nested_goal(from.part("target"));
    if (name != "cpu" && name != "memory") {
        return left_out(from, "name", fmt::format("the resource {} has no counterpart, only cpu and memory have: give its metric as a podMetric", shown(name)));
    }
    if (!goal) {
        if (flat_) from.wrong({}, "has no goal: targetAverageUtilization or targetAverageValue");
        return;
    }
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
    if (flat_) metric.goal = amount_goal(from, "targetAverageValue", "averageValue");
    if (!metric.goal) return;
    if (std::string_view{metric.goal->of} != "averageValue") return from.wrong("target", "must be an averageValue: a Pods metric has no other goal");
    draft_.track(draft_.signal_for(metric.name, with_age("podMetric", named(metric))), metric.goal->of, metric.goal->amount);
    from.finish();
}

void Metrics::of_object(Foreign from) {
    auto metric = metric_of(from, "metricName", "selector");
    if (flat_) metric.goal = first_of(amount_goal(from, "averageValue", "averageValue"), amount_goal(from, "targetValue", "value"));
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
    if (flat_) metric.goal = first_of(amount_goal(from, "targetAverageValue", "averageValue"), amount_goal(from, "targetValue", "value"));
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
