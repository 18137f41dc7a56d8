// SPDX-License-Identifier: Apache-2.0
#include "clients/agent_roll.hpp"

#include <charconv>
#include <string_view>
#include <utility>

#include "clients/reply_json.hpp"

namespace setpoint {
namespace {

using reply_json::Json;
using reply_json::member;

constexpr std::string_view kPrefix = "agents.setpoint.dev/";
constexpr int kForLong = 4;  // lifetimes

/// The numbers in front of what an agent says; 0 for what is none.
std::pair<std::size_t, std::size_t> numbers_in(std::string_view text) {
    constexpr std::string_view kOf = " of ";
    std::size_t held = 0;
    std::size_t of = 0;
    const auto rest = text.substr(static_cast<std::size_t>(std::from_chars(text.data(), text.data() + text.size(), held).ptr - text.data()));
    if (rest.starts_with(kOf)) std::from_chars(rest.data() + kOf.size(), rest.data() + rest.size(), of);
    return {held, of};
}

std::string patch_of(Json annotations) { return Json{{"metadata", {{"annotations", std::move(annotations)}}}}.dump(); }

}  // namespace

AgentRoll::AgentRoll(Settings settings) : settings_(std::move(settings)) {
    const auto split = settings_.identity.rfind('_');
    host_ = settings_.identity.substr(0, split);
    key_ = std::string{kPrefix} + (split == std::string::npos ? settings_.identity : settings_.identity.substr(split + 1));
}

/// `3 of 6 shards, sign 17 of setpoint-7c9d-x2x7q`: another one each time.
std::string AgentRoll::text(std::size_t held) {
    return std::to_string(held) + " of " + std::to_string(settings_.shards) + " shards, sign " + std::to_string(++signs_) + " of " + host_;
}

std::string AgentRoll::sign(BootTime now, std::size_t held) {
    Json annotations{{key_, text(held)}};
    for (const auto& [key, other] : others_) {
        if (now - other.changed >= kForLong * settings_.lasts) annotations[key] = nullptr;
    }
    return patch_of(std::move(annotations));
}

std::string AgentRoll::first(std::size_t held) {
    return Json{{"apiVersion", "coordination.k8s.io/v1"},
                {"kind", "Lease"},
                {"metadata", {{"namespace", settings_.ns}, {"name", settings_.name}, {"annotations", {{key_, text(held)}}}}}}
        .dump();
}

std::string AgentRoll::farewell() const { return patch_of(Json{{key_, nullptr}}); }

Result<> AgentRoll::seen(BootTime now, const std::string& json) {
    const auto lease = reply_json::read(json);
    if (!lease) return tl::unexpected<Error>(lease.error());
    if (reply_json::text(member(*lease, "kind")) != "Lease") return fail(Errc::bad_reply, "the answer is no Lease");
    const auto before = std::exchange(others_, {});
    const auto* annotations = member(*lease, "metadata", "annotations");
    if (annotations == nullptr || !annotations->is_object()) return {};
    for (const auto& [key, value] : annotations->items()) {
        if (!key.starts_with(kPrefix) || key == key_) continue;
        const auto said = reply_json::text(&value);
        const auto known = before.find(key);
        const bool same = known != before.end() && known->second.text == said;
        const auto [held, of] = numbers_in(said);
        others_[key] = {said, same ? known->second.changed : now, held, of};
    }
    return {};
}

std::vector<std::size_t> AgentRoll::others(BootTime now) const {
    std::vector<std::size_t> held;
    for (const auto& [key, other] : others_) {
        if (lives(other, now) && other.of == settings_.shards) held.push_back(other.held);
    }
    return held;
}

std::optional<std::size_t> AgentRoll::other_number(BootTime now) const {
    for (const auto& [key, other] : others_) {
        if (lives(other, now) && other.of != settings_.shards && other.held > 0) return other.of;
    }
    return std::nullopt;
}

}  // namespace setpoint
