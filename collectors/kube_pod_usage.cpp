// SPDX-License-Identifier: Apache-2.0
#include "collectors/kube_pod_usage.hpp"

#include <algorithm>
#include <utility>

#include "clients/dom_json.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using dom_json::Element;

constexpr std::size_t kMostContainers = 256;
constexpr std::size_t kMostWords = 80;                    // of a value, in a message
constexpr double kMostCores = 1e5;                        // no machine has as many
constexpr double kMostBytes = 1125899906842624.0;         // 1 PiB
constexpr Duration kAhead = std::chrono::seconds{30};     // a clock may be so far ahead of ours
constexpr Duration kLongestWindow = std::chrono::hours{24};

std::string shown(std::string_view text) { return "'" + std::string{text.substr(0, kMostWords)} + "'"; }

/// Where it makes no sense, `wrong` says so, unless it says something already.
std::optional<double> quantity(const Element& container, const char* resource, double most, std::string& wrong) {
    const auto said = dom_json::member(container, "usage", resource);
    if (!said) return std::nullopt;
    const auto text = dom_json::text(said);
    const auto amount = parse_quantity(text);
    if (amount && *amount >= 0 && *amount <= most) return *amount;
    if (wrong.empty()) {
        wrong = std::string{resource} + " of container " + shown(dom_json::text(dom_json::member(container, "name"))) + " is " + shown(text);
    }
    return std::nullopt;
}

void read_containers(const Element& pod, PodUsage& into) {
    dom_json::for_each(dom_json::member(pod, "containers"), [&](const Element& container) {
        if (into.containers.size() >= kMostContainers) return;
        PodUsage::Container read;
        read.name = dom_json::text(dom_json::member(container, "name"));
        read.cpu = quantity(container, "cpu", kMostCores, into.wrong);
        read.memory = quantity(container, "memory", kMostBytes, into.wrong);
        into.containers.push_back(std::move(read));
    });
}

void read_time(const Element& pod, PodUsage& into) {
    const auto stamp = dom_json::text(dom_json::member(pod, "timestamp"));
    const auto window = dom_json::text(dom_json::member(pod, "window"));
    const auto measured = parse_time(stamp);
    const auto length = parse_duration(window);
    into.dated = measured && length && *length <= kLongestWindow;
    if (!into.dated) {
        into.wrong = measured ? "its window is " + shown(window) : "its timestamp is " + shown(stamp);
        return;
    }
    into.measured = *measured;
    into.window = *length;
}

tl::unexpected<Error> nonsense(const std::string& what) { return fail(Errc::bad_reply, "the answer makes no sense: " + what); }

tl::unexpected<Error> absent(std::string why) { return fail(Errc::no_data, std::move(why)); }

Result<double> value_of(const PodUsage& usage, PodResource resource, std::string_view container) {
    const auto found = std::ranges::find(usage.containers, container, &PodUsage::Container::name);
    const bool known = found != usage.containers.end();
    if (known && std::ranges::count(usage.containers, container, &PodUsage::Container::name) > 1) {
        return absent("it names container " + shown(container) + " twice");
    }
    const auto value = !known ? std::nullopt : resource == PodResource::cpu ? found->cpu : found->memory;
    if (value) return *value;
    if (known && !usage.wrong.empty()) return absent(usage.wrong);
    return absent(std::string{"there is no "} + (resource == PodResource::cpu ? "cpu" : "memory") + " of container " + shown(container));
}

Result<double> sum_of(const PodUsage& usage, const KubePod& pod, PodResource resource) {
    double sum = 0;
    for (const auto& container : pod.made_from->containers) {
        const auto value = value_of(usage, resource, container.name);
        if (!value) return value;
        sum += *value;
    }
    return sum;
}

}  // namespace

Result<PodUsagePage> parse_pod_usage(std::string_view json) {
    simdjson::dom::parser parser;
    Element list;
    if (const auto error = parser.parse(json.data(), json.size()).get(list)) return nonsense(simdjson::error_message(error));
    const auto items = dom_json::member(list, "items");
    if (!dom_json::is_list(items)) return nonsense("no items");
    PodUsagePage page;
    page.more = dom_json::text(dom_json::member(list, "metadata", "continue"));
    dom_json::for_each(items, [&](const Element& pod) {
        const auto name = dom_json::text(dom_json::member(pod, "metadata", "name"));
        if (name.empty()) return;
        PodUsage usage;
        read_time(pod, usage);
        read_containers(pod, usage);
        auto& known = page.pods[std::string{name}];
        if (!known.dated || (usage.dated && usage.measured > known.measured)) known = std::move(usage);
    });
    return page;
}

Result<void> check_time(WallTime measured, const KubePod& pod, WallTime now) {
    if (measured > now + kAhead) return absent("its timestamp " + format_time(measured) + " is in the future");
    // Both in whole seconds: one of the same second may still be of the pod before.
    if (pod.started == 0 || measured <= WallTime{std::chrono::seconds{pod.started}}) return absent("it was measured before the pod started");
    return {};
}

Result<PodAmount> amount_of(const PodUsage& usage, const KubePod& pod, PodResource resource, std::string_view container, WallTime now) {
    if (!usage.dated) return absent(usage.wrong);
    if (auto when = check_time(usage.measured, pod, now); !when) return tl::unexpected(when.error());
    const auto value = container.empty() ? sum_of(usage, pod, resource) : value_of(usage, resource, container);
    if (!value) return tl::unexpected(value.error());
    return PodAmount{*value, std::min(usage.measured, now), usage.window};
}

}  // namespace setpoint
