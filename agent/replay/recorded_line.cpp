// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/recorded_line.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "policies/utilization.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

bool has_none(const Sample& sample) { return sample.kind == SampleKind::no_data || sample.kind == SampleKind::failed; }

Json json_of(std::optional<double> value) { return value && std::isfinite(*value) ? Json(*value) : Json(nullptr); }

Json measured(std::optional<double> value, Time time, Duration window) {
    return {{"value", json_of(value)}, {"time", unix_seconds(time)}, {"window", seconds(window)}};
}

Json json_of(const Resources& resources) {
    Json json = Json::object();
    if (resources.cpu) json["cpu"] = *resources.cpu;
    if (resources.memory) json["memory"] = *resources.memory;
    return json;
}

Json json_of(const std::vector<PodContainer>& containers) {
    Json json = Json::object();
    for (const auto& container : containers) {
        auto& own = json[container.name] = Json::object();
        if (container.requests != Resources{}) own["requests"] = json_of(container.requests);
        if (container.limits != Resources{}) own["limits"] = json_of(container.limits);
    }
    return json;
}

std::string_view name_of(PodPhase phase) {
    static constexpr std::array<std::string_view, 5> names{"Pending", "Running", "Succeeded", "Failed", "Unknown"};
    return names[static_cast<std::size_t>(phase)];
}

Json json_of(const Pod& pod) {
    Json json{{"name", pod.name}, {"phase", name_of(pod.phase)}};
    if (pod.ready) json["ready"] = *pod.ready;
    if (pod.ready_changed) json["readyChanged"] = unix_seconds(*pod.ready_changed);
    if (pod.started_at) json["startedAt"] = unix_seconds(*pod.started_at);
    if (pod.deleting) json["deleting"] = true;
    if (pod.unschedulable) json["unschedulable"] = true;
    if (pod.crash_looping) json["crashLooping"] = true;
    if (!pod.named.empty()) json["containers"] = json_of(pod.named);
    else if (pod.containers != 1) json["containers"] = pod.containers;
    if (pod.requests != Resources{}) json["requests"] = json_of(pod.requests);
    if (pod.limits != Resources{}) json["limits"] = json_of(pod.limits);
    return json;
}

Json readings_of(const Pod& pod, const Heard& heard, const ScalingSpec& spec) {
    Json readings = Json::object();
    for (const auto& sample : heard.samples) {
        if (sample.kind != SampleKind::pods) continue;
        const auto own = std::ranges::find(sample.pods, pod.id, &PodReading::pod);
        if (own == sample.pods.end()) continue;
        readings[spec.signals[index(sample.signal)].name] = measured(own->value, own->measured, own->window);
    }
    return readings;
}

}  // namespace

std::optional<double> recorded_value(const Sample& sample, const SignalSpec& signal, std::span<const Pod> pods) {
    if (has_none(sample)) return std::nullopt;
    if (sample.kind != SampleKind::pods) return std::isfinite(sample.value) ? std::optional{sample.value} : std::nullopt;
    Reading reading;
    reading.state = SignalState::fresh;
    reading.kind = sample.kind;
    reading.measured = sample.measured;
    reading.pods = sample.pods;
    return mean_over_pods(reading, share_of(signal), pods).value;
}

std::optional<double> recorded_sum(const Sample& sample, std::span<const Pod> pods) {
    std::optional<double> sum;
    for (const auto& reading : sample.pods) {
        const auto pod = std::ranges::find(pods, reading.pod, &Pod::id);
        if (pod != pods.end() && pod->serving()) sum = sum.value_or(0) + reading.value;
    }
    return sum;
}

std::string recorded_line(const Heard& heard, const ScalingSpec& spec, std::span<const Pod> pods) {
    Json line{{"time", unix_seconds(heard.time)}};
    if (!heard.policy.empty()) line["policy"] = heard.policy;
    if (heard.state) {
        auto& target = line["target"] = {{"replicas", heard.state->replicas}, {"ready", heard.state->ready}};
        if (heard.state->status) target["status"] = *heard.state->status;
        if (heard.state->rolling_out) target["rollingOut"] = true;
        if (heard.state->one_by_one) target["oneByOne"] = true;
    }
    auto& signals = line["signals"] = Json::object();
    for (const auto& sample : heard.samples) {
        const auto& signal = spec.signals[index(sample.signal)];
        if (has_none(sample)) signals[signal.name] = nullptr;
        else signals[signal.name] = measured(recorded_value(sample, signal, pods), sample.measured, sample.window);
    }
    const bool by_pod = std::ranges::any_of(heard.samples, [](const Sample& s) { return s.kind == SampleKind::pods; });
    if (heard.state || by_pod) {
        auto& list = line["pods"] = Json::array();
        for (const auto& pod : pods) {
            auto& json = list.emplace_back(json_of(pod));
            if (auto readings = readings_of(pod, heard, spec); !readings.empty()) json["signals"] = std::move(readings);
        }
    }
    return line.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace setpoint
