// SPDX-License-Identifier: Apache-2.0
#include "agent/live/event_desk.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

std::string stamp(WallTime time) { return format_time(std::chrono::floor<std::chrono::seconds>(time)); }

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

bool EventDesk::Bucket::take(Time now, double most, Duration refill) {
    if (at != Time{}) tokens = std::min(most, tokens + seconds(now - at) / seconds(refill));
    at = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
}

void EventDesk::take(Time now, WallTime wall, const PolicyObject& object, Occasion occasion) {
    auto& known = known_[object.uid];
    known.ns = object.ns;
    auto& series = known.series[occasion.reason];
    const bool repeats = series.message == occasion.message && now - series.seen <= kRepeatsFor;
    series.seen = now;
    if (repeats && !series.name.empty()) {
        ++series.count;
        series.last = wall;
        series.behind = true;
        return;
    }
    if (!known.bucket.take(now, kBurst, kRefill) || !all_.take(now, kBurstOfAll, kRefillOfAll)) {
        ++known.left_out;
        return;
    }
    series = {fmt::format("{}.{:x}{:04x}", object.name, wall.time_since_epoch().count(), ++number_ % 0x10000), occasion.message, 1, wall, now, now, false};
    if (known.left_out > 0) occasion.message += fmt::format(" (events left out before this one: {})", std::exchange(known.left_out, 0));
    letters_.push_back({Letter::Kind::create, object.ns, series.name, body_of(object, occasion, series)});
}

std::vector<EventDesk::Letter> EventDesk::due(Time now) {
    auto letters = std::exchange(letters_, {});
    for (auto& [uid, known] : known_) {
        for (auto& [reason, series] : known.series) {
            if (!series.behind || now - series.told < kCountsEvery) continue;
            series.behind = false;
            series.told = now;
            letters.push_back({Letter::Kind::patch, known.ns, series.name, dumped({{"count", series.count}, {"lastTimestamp", stamp(series.last)}})});
        }
    }
    return letters;
}

void EventDesk::keep_only(const std::set<std::uint64_t>& uids) {
    std::erase_if(known_, [&](const auto& known) { return !uids.contains(known.first); });
}

std::string EventDesk::body_of(const PolicyObject& object, const Occasion& occasion, const Series& series) const {
    auto message = occasion.message;
    if (message.size() > kLongest) message = message.substr(0, kLongest) + " ...";
    return dumped({{"apiVersion", "v1"},
                   {"kind", "Event"},
                   {"metadata", {{"name", series.name}, {"namespace", object.ns}}},
                   {"involvedObject",
                    {{"apiVersion", "setpoint.dev/v1alpha1"},
                     {"kind", "ScalingPolicy"},
                     {"namespace", object.ns},
                     {"name", object.name},
                     {"uid", object.full_uid}}},
                   {"reason", occasion.reason},
                   {"message", std::move(message)},
                   {"type", occasion.warning ? "Warning" : "Normal"},
                   {"source", {{"component", "setpoint"}}},
                   {"reportingComponent", "setpoint.dev/operator"},
                   {"reportingInstance", reporter_},
                   {"firstTimestamp", stamp(series.last)},
                   {"lastTimestamp", stamp(series.last)},
                   {"count", 1}});
}

}  // namespace setpoint
