// SPDX-License-Identifier: Apache-2.0
#include "agent/admin/orders.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestReason = 200;
constexpr Duration kShortest = std::chrono::seconds{1};
constexpr Duration kLongest = std::chrono::hours{24 * 30};
constexpr std::array<std::string_view, 7> kFields{"policy", "all", "kind", "replicas", "for", "reason", "namespace"};

constexpr std::array<std::pair<std::string_view, OverrideSet::Kind>, 4> kKinds{{
    {"resume", OverrideSet::Kind::resume},
    {"pin", OverrideSet::Kind::pin},
    {"pause", OverrideSet::Kind::pause},
    {"pauseDown", OverrideSet::Kind::pause_down},
}};

auto wrong(std::string message) { return fail(Errc::bad_config, std::move(message)); }

/// The text of a field; empty where it is not there.
Result<std::string> text_of(const Json& body, const char* field) {
    const auto found = body.find(field);
    if (found == body.end() || found->is_null()) return std::string{};
    if (!found->is_string()) return wrong(std::string{field} + ": a text is wanted");
    return found->get<std::string>();
}

Result<OverrideSet::Kind> kind_of_order(const Json& body) {
    auto name = text_of(body, "kind");
    if (!name) return tl::unexpected<Error>(std::move(name.error()));
    std::string known;
    for (const auto& [word, kind] : kKinds) {
        if (*name == word) return kind;
        known += (known.empty() ? "" : ", ") + std::string{word};
    }
    return wrong("kind: one of " + known + " is wanted");
}

Result<std::vector<TargetId>> targets_of(const Json& body, const Reducer& control) {
    const auto all = body.find("all");
    const bool everything = all != body.end() && all->is_boolean() && all->get<bool>();
    auto name = text_of(body, "policy");
    if (!name) return tl::unexpected<Error>(std::move(name.error()));
    if (everything == !name->empty()) return wrong("either \"policy\": a name, or \"all\": true is wanted");
    if (!everything) return control.find(*name).map([](TargetId id) { return std::vector{id}; });
    if (control.targets() == 0) return fail(Errc::no_data, "there is no policy");
    std::vector<TargetId> targets;
    for (std::uint32_t i = 0; i < control.targets(); ++i) targets.push_back(TargetId{i});
    return targets;
}

/// Who orders something for one policy is told; an order for all leaves those alone that their objects speak for.
Result<> check_declared(std::vector<TargetId>& targets, const Reducer& control, Time now) {
    const auto declared = [&](TargetId target) {
        const auto& hand = control.override_of(target);
        return hand && hand->declared && now < hand->until;
    };
    if (!std::ranges::all_of(targets, declared)) {
        std::erase_if(targets, declared);
        return {};
    }
    const auto& hand = *control.override_of(targets.front());
    const auto name = hand.kind == OverrideSet::Kind::pin ? "pin" : "pause";
    const auto& spec = control.spec(targets.front());
    return fail(Errc::conflict, fmt::format("{} has the annotation setpoint.dev/{}, which stands above this; to take it away: kubectl annotate sp {} -n {} "
                                            "setpoint.dev/{}-",
                                            spec.full_name(), name, spec.name, spec.name_space, name));
}

Result<> read_size(const Json& body, OverrideSet& set) {
    const auto replicas = body.find("replicas");
    if (replicas == body.end() || !replicas->is_number_integer() || *replicas < 0 || *replicas > kMaxReplicas) {
        return wrong("replicas: a whole number from 0 to " + std::to_string(kMaxReplicas) + " is wanted");
    }
    set.replicas = replicas->get<Replicas>();
    return {};
}

Result<> read_limits(const Json& body, Time now, OverrideSet& set) {
    auto lasting = text_of(body, "for");
    if (!lasting) return tl::unexpected<Error>(std::move(lasting.error()));
    if (lasting->empty()) return wrong("for: how long is wanted, such as 2h (at most 30d)");
    const auto duration = parse_duration(*lasting);
    if (!duration) return wrong("for: " + duration.error().message);
    if (*duration < kShortest || *duration > kLongest) return wrong("for: 1s to 30d is wanted, was " + *lasting);
    set.until = now + *duration;
    if (set.reason.empty()) return wrong("reason: say why; others will read it");
    return {};
}

Result<Json> body_of(std::string_view json) {
    auto body = Json::parse(json, nullptr, false);
    if (!body.is_object()) return wrong("the body is no JSON object");
    for (const auto& [field, value] : body.items()) {
        if (std::ranges::find(kFields, field) == kFields.end()) return wrong("unknown field '" + field.substr(0, 40) + "'");
    }
    return body;
}

/// All but whom it is for.
Result<OverrideSet> read_override(const Json& body, Time now) {
    OverrideSet set;
    auto kind = kind_of_order(body);
    if (!kind) return tl::unexpected<Error>(std::move(kind.error()));
    set.kind = *kind;
    auto reason = text_of(body, "reason");
    if (!reason) return tl::unexpected<Error>(std::move(reason.error()));
    if (reason->size() > kLongestReason) return wrong("reason: at most 200 characters are wanted");
    set.reason = std::move(*reason);
    if (set.kind == OverrideSet::Kind::resume) return set;
    if (set.kind == OverrideSet::Kind::pin) {
        if (auto read = read_size(body, set); !read) return tl::unexpected<Error>(std::move(read.error()));
    }
    if (auto read = read_limits(body, now, set); !read) return tl::unexpected<Error>(std::move(read.error()));
    return set;
}

}  // namespace

std::string_view name_of(OverrideSet::Kind kind) {
    for (const auto& [word, known] : kKinds) {
        if (known == kind) return word;
    }
    return "override";
}

Result<> check_order(std::string_view json) {
    return body_of(json).and_then([](const Json& body) { return read_override(body, Time{}); }).map([](const OverrideSet&) {});
}

Result<Order> read_order(std::string_view json, const Reducer& control, Time now) {
    const auto body = body_of(json);
    if (!body) return tl::unexpected<Error>(body.error());
    Order order;
    auto targets = targets_of(*body, control);
    if (!targets) return tl::unexpected<Error>(std::move(targets.error()));
    order.targets = std::move(*targets);
    if (auto free = check_declared(order.targets, control, now); !free) return tl::unexpected<Error>(std::move(free.error()));
    auto set = read_override(*body, now);
    if (!set) return tl::unexpected<Error>(std::move(set.error()));
    order.set = std::move(*set);
    return order;
}

}  // namespace setpoint
