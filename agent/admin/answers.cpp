// SPDX-License-Identifier: Apache-2.0
#include "agent/admin/answers.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

#include "agent/admin/orders.hpp"
#include "agent/decide/decision_json.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

Json optional_number(const std::optional<double>& value) { return value ? json_number(*value) : Json{}; }

std::string_view name_of(Mode mode) {
    switch (mode) {
        case Mode::live: return "live";
        case Mode::shadow: return "shadow";
        case Mode::off: return "off";
    }
    return "off";
}

Json override_json(const std::optional<OverrideSet>& set, Time now) {
    if (!set || set->until <= now) return nullptr;
    return {{"kind", name_of(set->kind)},
            {"replicas", set->kind == OverrideSet::Kind::pin ? Json(set->replicas) : Json{}},
            {"until", unix_seconds(set->until)},
            {"reason", set->reason}};
}

Json agreement_json(const Picture& picture) {
    const auto agreement = picture.agreement();
    if (!agreement) return nullptr;
    return {{"decisions", agreement->decisions},
            {"same", agreement->same},
            {"meanDifference", json_number(agreement->mean_difference)},
            {"over", json_number(seconds(agreement->over))}};
}

Json signals_json(const ScalingSpec& spec, const Picture& picture, Time now) {
    Json signals = Json::array();
    for (std::size_t i = 0; i < spec.signals.size(); ++i) {
        const SignalId id{static_cast<std::uint16_t>(i)};
        Json signal{{"name", spec.signals[i].name}, {"state", "missing"}, {"value", nullptr}, {"age", nullptr}};
        if (picture.last && i < picture.last->seen.size()) {
            const auto& seen = picture.last->seen[i];
            const bool valued = seen.state == SignalState::fresh || seen.state == SignalState::stale;
            signal["state"] = name_of(seen.state);
            if (valued) signal["value"] = optional_number(picture.signals[i].value);
            if (valued) signal["age"] = json_number(seconds(seen.age + (now - picture.last->time)));
        }
        signal["unit"] = unit_of(spec, id);
        signal["goal"] = optional_number(picture.signals[i].goal);
        signals.push_back(std::move(signal));
    }
    return signals;
}

}  // namespace

Json policy_json(const AdminView& view, TargetId target) {
    const auto& spec = view.control.spec(target);
    const auto& picture = view.gallery.of(target);
    const Time now = view.ports.now();
    const auto& last = picture.last;
    const bool known = last && is_known(*last);
    Json json{{"id", spec.full_name()}, {"name", spec.name}, {"namespace", spec.name_space}, {"target", view.ports.target(target)}, {"from", view.ports.origin(target)}};
    json["mode"] = name_of(spec.mode);
    json["health"] = name_of(last ? last->health : Health::holding);
    json["replicas"] = known ? Json(picture.size) : Json{};
    json["ready"] = known ? Json(last->ready) : Json{};
    json["desired"] = known ? Json(last->replicas) : Json{};
    json["min"] = spec.replicas.min;
    json["max"] = spec.replicas.max;
    json["reason"] = last ? sentence(last->reason, picture.signal_names) : "has not decided yet";
    json["code"] = to_string(last ? last->reason.code : Code::target_unknown);
    json["override"] = override_json(view.control.override_of(target), now);
    json["signals"] = signals_json(spec, picture, now);
    json["decided"] = last ? json_number(unix_seconds(last->time)) : Json{};
    json["lastChange"] = nullptr;
    if (picture.change) {
        json["lastChange"] = {{"time", json_number(unix_seconds(picture.change->time))},
                              {"from", picture.change->from},
                              {"to", picture.change->to},
                              {"reason", picture.change->reason}};
    }
    if (spec.mode == Mode::shadow) json["agreement"] = agreement_json(picture);
    json["error"] = picture.failure.empty() ? Json{} : Json(picture.failure);
    json["skipped"] = view.ports.skipped(target);
    return json;
}

Json policy_in_full_json(const AdminView& view, TargetId target) {
    Json json = policy_json(view, target);
    const auto& last = view.gallery.of(target).last;
    json["decision"] = last ? decision_json(*last, view.control.spec(target)) : Json{};
    return json;
}

Json policies_json(const AdminView& view) {
    bool shadow = view.control.targets() > 0;
    Json policies = Json::array();
    for (std::size_t i = 0; i < view.control.targets(); ++i) {
        const TargetId id{static_cast<std::uint32_t>(i)};
        shadow = shadow && view.control.spec(id).mode != Mode::live;
        policies.push_back(policy_json(view, id));
    }
    return {{"agent",
             {{"version", view.ports.version},
              {"orchestrator", view.ports.orchestrator},
              {"started", json_number(unix_seconds(view.gallery.started()))},
              {"time", json_number(unix_seconds(view.ports.now()))},
              {"shadow", shadow},
              {"ready", view.ports.ready()}}},
            {"policies", std::move(policies)}};
}

Json decisions_json(const AdminView& view, TargetId target, Time since, std::size_t limit) {
    const auto& picture = view.gallery.of(target);
    Json decisions = Json::array();
    picture.each_since(since, limit, [&](const PastDecision& past, const double* values) {
        Json signals = Json::object();
        for (std::size_t i = 0; i < picture.signal_names.size(); ++i) signals[picture.signal_names[i]] = json_number(values[i]);
        decisions.push_back({{"time", json_number(unix_seconds(past.time))},
                             {"replicas", past.replicas},
                             {"current", past.current},
                             {"ready", past.ready},
                             {"code", to_string(past.reason.code)},
                             {"reason", sentence(past.reason, picture.signal_names)},
                             {"signals", std::move(signals)}});
    });
    return {{"decisions", std::move(decisions)}};
}

}  // namespace setpoint
