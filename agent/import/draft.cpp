// SPDX-License-Identifier: Apache-2.0
#include "agent/import/draft.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "agent/documents/body.hpp"
#include "agent/documents/scalar_text.hpp"
#include "agent/documents/suggestion.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestName = 63;
constexpr std::size_t kRoomForNumber = 4;

/// `wish` with a dash for all that a name may not have, no longer than a name with a number behind it.
std::string fitted(std::string_view wish, bool (*allowed)(char)) {
    std::string name{wish.substr(0, kLongestName - kRoomForNumber)};
    std::ranges::replace_if(name, [&](char c) { return !allowed(c); }, '-');
    const auto is_end = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; };
    while (!name.empty() && is_end(name.back())) name.pop_back();
    name.erase(name.begin(), std::ranges::find_if_not(name, is_end));
    return name;
}

bool in_identifier(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.'; }
bool in_label(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0 || std::islower(static_cast<unsigned char>(c)) != 0; }

Json target_of(const KubernetesTarget& target) {
    Json out;
    if (!target.api_version.empty()) out["apiVersion"] = target.api_version;
    out["kind"] = target.object_kind;
    out["name"] = target.name;
    return out;
}

}  // namespace

std::string Draft::signal_for(std::string_view wish, const Json& source) {
    auto base = fitted(wish, in_identifier);
    if (base.empty()) base = "metric";
    auto called = base;
    for (int number = 2; signals.contains(called); ++number) {
        if (signals[called] == source) return called;
        called = fmt::format("{}-{}", base, number);
    }
    signals[called] = source;
    return called;
}

void Draft::track(const std::string& signal, const char* goal, const std::string& amount) {
    policies.push_back({{"track", {{"signal", signal}, {goal, amount_of(amount)}}}});
}

Json amount_of(const std::string& text) {
    const bool digits = !text.empty() && text.size() < 16 && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
    if (digits) return std::stoll(text);
    if (const auto number = parse_number(text)) return *number;
    return text;
}

void name_draft(Draft& draft, Foreign& metadata) {
    draft.name_space = metadata.text("namespace").value_or("");
    const auto name = metadata.text("name").value_or("");
    if (name.empty()) {
        metadata.wrong("name", "is missing");
    } else if (is_dns_label(name)) {
        draft.name = name;
    } else {
        draft.name = fitted(name, in_label);
        metadata.note("name", fmt::format("{} is no name for a policy (lower case letters, digits and dashes, at most {}): '{}' is taken", shown(name),
                                          kLongestName, draft.name));
    }
}

Json document_of(const Draft& draft) {
    Json document{{"apiVersion", kApiVersion}, {"kind", kPolicyKind}};
    document["metadata"]["name"] = draft.name;
    if (!draft.name_space.empty()) document["metadata"]["namespace"] = draft.name_space;
    auto& spec = document["spec"];
    spec["target"]["kubernetes"] = target_of(draft.target);
    spec["replicas"] = {{"min", draft.replicas.min}, {"max", draft.replicas.max}};
    spec["interval"] = "15s";  // HPA's
    if (!draft.signals.empty()) spec["signals"] = draft.signals;
    spec["policies"] = draft.policies;
    if (!draft.behavior.is_null()) spec["behavior"] = draft.behavior;
    if (!draft.on_missing.is_null()) spec["onMissing"] = draft.on_missing;
    if (draft.compat == Compat::hpa) spec["compat"] = "hpa";
    else spec["yield"] = {{"toIncrease", "0s"}, {"toDecrease", "0s"}};  // neither HPA nor KEDA does
    if (draft.mode == Mode::off) spec["mode"] = "off";
    else if (draft.partial) spec["mode"] = "shadow";
    return document;
}

}  // namespace setpoint
