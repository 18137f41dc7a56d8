// SPDX-License-Identifier: Apache-2.0
#include "collectors/kube_metric_values.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "clients/dom_json.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using dom_json::Element;

constexpr std::size_t kMostValues = 100'000;
constexpr std::size_t kMostWords = 80;
constexpr std::int64_t kLongestWindow = 30LL * 86'400;  // seconds

tl::unexpected<Error> nonsense(const std::string& what) { return fail(Errc::bad_reply, "the answer makes no sense: " + what); }

std::string shown(std::string_view text) { return "'" + std::string{text.substr(0, kMostWords)} + "'"; }

/// A quantity is text, or a bare number.
std::optional<double> quantity(const std::optional<Element>& value) {
    double number = 0;
    if (value && value->get(number) == simdjson::SUCCESS) return std::isfinite(number) ? std::optional{number} : std::nullopt;
    const auto amount = parse_quantity(dom_json::text(value));
    return amount ? std::optional{*amount} : std::nullopt;
}

/// Absent and null are an instant.
std::optional<Duration> window_of(const Element& item) {
    auto said = dom_json::member(item, "windowSeconds");
    if (!said) said = dom_json::member(item, "window");  // v1beta1 calls it so
    if (!said || said->is_null()) return Duration{0};
    std::int64_t length = 0;
    if (said->get(length) != simdjson::SUCCESS || length < 0 || length > kLongestWindow) return std::nullopt;
    return std::chrono::seconds{length};
}

KubeMetricValue read(const Element& item) {
    KubeMetricValue read;
    read.object = dom_json::text(dom_json::member(item, "describedObject", "name"));
    const auto value = quantity(dom_json::member(item, "value"));
    const auto measured = parse_time(dom_json::text(dom_json::member(item, "timestamp")));
    const auto window = window_of(item);
    if (!value) read.wrong = "its value is " + shown(dom_json::text(dom_json::member(item, "value")));
    else if (!measured) read.wrong = "its timestamp is " + shown(dom_json::text(dom_json::member(item, "timestamp")));
    else if (!window) read.wrong = "its window is no number of seconds";
    if (!read.wrong.empty()) return read;
    read.value = *value;
    read.measured = *measured;
    read.window = *window;
    return read;
}

}  // namespace

Result<std::vector<KubeMetricValue>> parse_metric_values(std::string_view json) {
    simdjson::dom::parser parser;
    Element list;
    if (const auto error = parser.parse(json.data(), json.size()).get(list)) return nonsense(simdjson::error_message(error));
    const auto items = dom_json::member(list, "items");
    if (!dom_json::is_list(items)) return nonsense("no items");
    std::vector<KubeMetricValue> values;
    bool too_many = false;
    dom_json::for_each(items, [&](const Element& item) {
        too_many = values.size() >= kMostValues;
        if (!too_many) values.push_back(read(item));
    });
    if (too_many) return fail(Errc::bad_reply, "more than " + std::to_string(kMostValues) + " values");
    return values;
}

Result<KubeMetricValue> only_value(const std::vector<KubeMetricValue>& values) {
    if (values.empty()) return fail(Errc::no_data, "there is no value");
    if (values.size() > 1) return fail(Errc::bad_reply, "there are " + std::to_string(values.size()) + " values, one is wanted: a selector chooses");
    if (!values.front().wrong.empty()) return nonsense(values.front().wrong);
    return values.front();
}

Result<KubeMetricValue> sum_of(const std::vector<KubeMetricValue>& values) {
    if (values.empty()) return fail(Errc::no_data, "no series of it has a value");
    KubeMetricValue sum;
    sum.measured = WallTime::max();
    for (const auto& value : values) {
        if (!value.wrong.empty()) return nonsense(value.wrong);
        sum.value += value.value;
        sum.measured = std::min(sum.measured, value.measured);
        sum.window = std::max(sum.window, value.window);
    }
    return sum;
}

}  // namespace setpoint
