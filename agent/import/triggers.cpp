// SPDX-License-Identifier: Apache-2.0
#include "agent/import/triggers.hpp"

#include <fmt/core.h>

#include <algorithm>

#include <map>
#include <utility>

#include "agent/documents/suggestion.hpp"
#include "agent/import/cron_trigger.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

/// What to do about a trigger without a counterpart, where there is something better to say than the usual.
const std::map<std::string, const char*, std::less<>>& advice() {
    static const std::map<std::string, const char*, std::less<>> known{
        {"rabbitmq", "RabbitMQ's Prometheus plugin has it as rabbitmq_queue_messages"},
        {"kafka", "a lag exporter has it in Prometheus as kafka_consumergroup_lag"},
        {"redis", "redis_exporter has it in Prometheus as redis_key_size"},
        {"redis-streams", "redis_exporter has it in Prometheus as redis_stream_length"},
        {"postgresql", "postgres_exporter brings the answer of a query into Prometheus"},
        {"mysql", "sql_exporter brings the answer of a query into Prometheus"},
        {"nats-jetstream", "the NATS exporter has it in Prometheus as nats_consumer_num_pending"},
    };
    return known;
}

class TriggerReader {
public:
    explicit TriggerReader(Draft& draft) : draft_(draft) {}

    void take(Foreign& trigger);
    [[nodiscard]] const Triggers& seen() const { return seen_; }

private:
    void resource(Foreign& trigger, const std::string& type);
    void prometheus(Foreign& trigger);
    void cron(Foreign& trigger);
    void left_out(Foreign& trigger, std::string_view key, std::string message);

    Draft& draft_;
    Triggers seen_;
};

void TriggerReader::left_out(Foreign& trigger, std::string_view key, std::string message) {
    trigger.note(key, std::move(message));
    draft_.partial = true;
}

void TriggerReader::take(Foreign& trigger) {
    const auto type = trigger.text("type").value_or("");
    trigger.ignore("metadata");
    trigger.ignore("metricType");
    trigger.ignore("name");
    trigger.ignore("useCachedMetrics");  // every query is asked once an interval
    if (type.empty()) return trigger.wrong("type", "is missing");
    if (type == "cpu" || type == "memory") {
        resource(trigger, type);
    } else if (type == "prometheus") {
        prometheus(trigger);
    } else if (type == "cron") {
        cron(trigger);
    } else {
        const auto known = advice().find(type);
        left_out(trigger, "type", fmt::format("the trigger {} has no counterpart in this version: add a prometheus signal{}", shown(type),
                                              known == advice().end() ? std::string{} : fmt::format(" ({})", known->second)));
        trigger.ignore("authenticationRef");
    }
    trigger.finish();
}

void TriggerReader::resource(Foreign& trigger, const std::string& type) {
    auto metadata = trigger.part("metadata");
    const auto old_type = metadata.text("type");  // before KEDA 2.7
    const auto by = trigger.text("metricType").value_or(old_type.value_or(""));
    const auto container = metadata.text("containerName").value_or("");
    Json settings = Json::object();
    if (!container.empty()) settings["container"] = container;
    const auto wish = container.empty() ? type : fmt::format("{}-{}", container, type);
    if (by == "Utilization") {
        const auto percent = metadata.whole("value", 1, kMostPercent);
        if (percent) draft_.track(draft_.signal_for(wish, {{type, settings}, {"maxAge", kOldestValue}}), "utilization", fmt::format("{}%", *percent));
        else if (!metadata.text("value")) metadata.wrong("value", "is missing");
    } else if (by == "AverageValue") {
        const auto amount = metadata.quantity("value");
        if (amount) draft_.track(draft_.signal_for(wish, {{type, settings}, {"maxAge", kOldestValue}}), "averageValue", *amount);
        else if (!metadata.text("value")) metadata.wrong("value", "is missing");
    } else {
        trigger.wrong("metricType", fmt::format("must be Utilization or AverageValue, was {}", shown(by)));
    }
    seen_.by_pods = true;
    metadata.finish();
}

void TriggerReader::prometheus(Foreign& trigger) {
    auto metadata = trigger.part("metadata");
    const auto query = metadata.text("query").value_or("");
    const auto url = metadata.text("serverAddress").value_or("");
    const auto threshold = metadata.quantity("threshold");
    if (query.empty()) metadata.wrong("query", "is missing");
    if (url.empty()) metadata.wrong("serverAddress", "is missing");
    if (!threshold && !metadata.text("threshold")) metadata.wrong("threshold", "is missing");
    metadata.ignore("metricName");
    const auto by = trigger.text("metricType").value_or("AverageValue");
    if (by != "AverageValue" && by != "Value") trigger.wrong("metricType", fmt::format("must be AverageValue or Value, was {}", shown(by)));

    Json signal{{"prometheus", {{"query", query}, {"url", url}}}};
    if (const auto active = metadata.text("activationThreshold")) {
        const auto amount = parse_number(*active);
        if (!amount || *amount < 0) metadata.wrong("activationThreshold", fmt::format("must be a number of 0 or more, was {}", shown(*active)));
        else if (*amount > 0) signal["activation"] = amount_of(*active);
        seen_.by_threshold = seen_.by_threshold || (amount && *amount > 0);
    }
    if (metadata.text("ignoreNullValues").value_or("true") == "true") {
        metadata.note("query", "an empty answer counts as 0 in KEDA, and as missing here, which keeps the size: end the query with `or vector(0)` where it means none");
    }
    if (metadata.text("unsafeSsl").value_or("false") == "true") {
        metadata.note("unsafeSsl", "has no counterpart: certificates are always verified; name the server's CA in a document of kind: Source (caFile)");
    }
    const auto source_note = [&](Foreign& from, const char* key) {
        const auto keys = from.keys();
        if (std::ranges::find(keys, key) == keys.end()) return;
        from.ignore(key);
        from.note(key, "is not imported: put credentials and headers into a document of kind: Source, and name it in place of the url");
    };
    for (const auto* key : {"authModes", "customHeaders", "cortexOrgID"}) source_note(metadata, key);
    source_note(trigger, "authenticationRef");
    if (threshold && !query.empty()) {
        const auto name = draft_.signal_for(trigger.text("name").value_or("prometheus"), signal);
        draft_.track(name, by == "Value" ? "value" : "averageValue", *threshold);
    }
    ++seen_.from_outside;
    metadata.finish();
}

void TriggerReader::cron(Foreign& trigger) {
    auto metadata = trigger.part("metadata");
    const auto zone = metadata.text("timezone").value_or("");
    const auto start = metadata.text("start").value_or("");
    const auto end = metadata.text("end").value_or("");
    const auto size = metadata.whole("desiredReplicas", 0, kMaxReplicas);
    if (zone.empty()) metadata.wrong("timezone", "is missing");
    if (!size && !metadata.text("desiredReplicas")) metadata.wrong("desiredReplicas", "is missing");
    metadata.finish();
    if (start.empty() || end.empty()) return metadata.wrong("start", "start and end must both be there");
    auto window = window_between(start, end);
    if (!window) {
        return left_out(trigger, "metadata", fmt::format("from {} to {} has no counterpart: {}; write the windows of a schedule", shown(start), shown(end), window.error().message));
    }
    if (size) (*window)["replicas"] = *size;
    seen_.by_calendar = true;
    draft_.policies.push_back({{"schedule", {{"timezone", zone}, {"windows", Json::array({std::move(*window)})}}}});
}

}  // namespace

Triggers import_triggers(std::vector<Foreign> triggers, Draft& draft) {
    TriggerReader reader{draft};
    for (auto& trigger : triggers) reader.take(trigger);
    return reader.seen();
}

}  // namespace setpoint
