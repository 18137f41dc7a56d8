// SPDX-License-Identifier: Apache-2.0
#include "collectors/node_usage.hpp"

#include <algorithm>
#include <utility>

namespace setpoint {
namespace {

constexpr double kMostCores = 1e5;  // no machine has as many
constexpr const char* kFirst = "its CPU was counted once so far";

const NodeUsage::Container* find(const NodeUsage* usage, const std::string& pod, const std::string& container) {
    if (usage == nullptr) return nullptr;
    const auto found = usage->pods.find(pod);
    if (found == usage->pods.end()) return nullptr;
    const auto at = found->second.find(container);
    return at == found->second.end() ? nullptr : &at->second;
}

bool began_anew(const KubeletContainer& before, const KubeletContainer& now) {
    const bool another = before.began && now.began && *before.began != *now.began;
    return another || now.cpu->time < before.cpu->time || now.cpu->value < before.cpu->value;
}

/// `now` has a count of CPU.
void count_cpu(const NodeUsage::Container* before, NodeUsage::Container& now) {
    const bool comparable = before != nullptr && before->since.cpu && !began_anew(before->since, now.since);
    if (!comparable) return;
    const auto& first = *before->since.cpu;
    const auto& last = *now.since.cpu;
    const auto span = last.time - first.time;
    if (span > kLongestSpan) return;
    if (span < kShortestSpan) {
        now.cpu = before->cpu;
        now.since = before->since;
        return;
    }
    const auto cores = (last.value - first.value) / seconds(span);
    if (cores <= kMostCores) now.cpu = PodAmount{cores, last.time, span};
    else now.wrong = "its CPU rose by " + std::to_string(last.value - first.value) + " s within " + std::to_string(seconds(span)) + " s";
}

NodeUsage::Container read(const NodeUsage::Container* before, KubeletContainer&& reading) {
    NodeUsage::Container now;
    now.wrong = reading.wrong;
    if (reading.memory) now.memory = PodAmount{reading.memory->value, reading.memory->time, Duration{0}};
    now.since = std::move(reading);
    if (!now.since.cpu) return now;
    count_cpu(before, now);
    if (!now.cpu && now.wrong.empty()) now.wrong = kFirst;
    return now;
}

bool counts(const KubePod& pod, std::string_view name, std::string_view only) {
    return only.empty() ? std::ranges::find(pod.made_from->containers, name, &PodContainer::name) != pod.made_from->containers.end() : name == only;
}

bool is_of_another(const PodAmount& amount, const KubePod& pod) {
    return pod.started != 0 && amount.window > Duration{0} && amount.measured - amount.window < WallTime{std::chrono::seconds{pod.started}};
}

/// The pod's values are as old as the oldest.
void date(PodUsage& usage, const PodAmount& amount) {
    if (usage.dated && usage.measured <= amount.measured) return;
    usage.measured = amount.measured;
    usage.window = amount.window;
    usage.dated = true;
}

}  // namespace

NodeUsage next_usage(const NodeUsage* before, KubeletReading reading) {
    NodeUsage now;
    now.first = before == nullptr;
    now.pods.reserve(reading.size());
    for (auto& [pod, containers] : reading) {
        auto& into = now.pods[pod];
        for (auto& [name, container] : containers) into.emplace(name, read(find(before, pod, name), std::move(container)));
    }
    return now;
}

PodUsage usage_of(const NodeUsage::Pod& seen, const KubePod& pod, PodResource resource, std::string_view container) {
    PodUsage usage;
    for (const auto& [name, one] : seen) {
        if (!counts(pod, name, container)) continue;
        auto amount = resource == PodResource::cpu ? one.cpu : one.memory;
        auto wrong = one.wrong;
        if (amount && is_of_another(*amount, pod)) {
            amount.reset();
            wrong = "its CPU was counted from before the pod started";
        }
        if (amount) date(usage, *amount);
        else if (usage.wrong.empty()) usage.wrong = wrong;
        const auto value = amount ? std::optional{amount->value} : std::nullopt;
        usage.containers.push_back({name, resource == PodResource::cpu ? value : std::nullopt, resource == PodResource::memory ? value : std::nullopt});
    }
    if (!usage.dated && usage.wrong.empty()) usage.wrong = "its containers are not counted";
    return usage;
}

}  // namespace setpoint
