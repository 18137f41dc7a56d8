// SPDX-License-Identifier: Apache-2.0
#include "agent/import/behavior.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "agent/documents/suggestion.hpp"
#include "agent/import/draft.hpp"
#include "core/units.hpp"

namespace setpoint {
namespace {

using Json = nlohmann::ordered_json;

void take_word(Foreign& from, const char* key, std::initializer_list<std::string_view> known, Json& into) {
    const auto word = from.text(key);
    if (!word) return;
    if (std::ranges::find(known, *word) != known.end()) into[key] = *word;
    else from.wrong(key, fmt::format("must be one of {}, was {}", fmt::join(known, ", "), shown(*word)));
}

void take_whole(Foreign& from, const char* key, std::int64_t min, std::int64_t max, Json& into) {
    if (const auto number = from.whole(key, min, max)) into[key] = *number;
}

Json rule_of(Foreign& from) {
    Json rule = Json::object();
    take_word(from, "type", {"Pods", "Percent"}, rule);
    take_whole(from, "value", 1, 1'000'000, rule);
    take_whole(from, "periodSeconds", 1, 1800, rule);
    for (const auto* key : {"type", "value", "periodSeconds"}) {
        const auto given = from.keys();
        if (!rule.contains(key) && std::ranges::find(given, key) == given.end()) from.wrong(key, "is missing");
    }
    from.finish();
    return rule;
}

Json rules_of(Foreign from) {
    Json rules = Json::object();
    take_whole(from, "stabilizationWindowSeconds", 0, 3600, rules);
    take_word(from, "selectPolicy", {"Max", "Min", "Disabled"}, rules);
    for (auto& rule : from.list("policies")) rules["policies"].push_back(rule_of(rule));
    if (const auto tolerance = from.text("tolerance")) {
        const auto amount = parse_quantity(*tolerance);
        if (amount && *amount >= 0) rules["tolerance"] = amount_of(*tolerance);
        else from.wrong("tolerance", fmt::format("must be a quantity of 0 or more, was {}", shown(*tolerance)));
    }
    from.finish();
    return rules;
}

}  // namespace

Json import_behavior(Foreign behavior) {
    if (!behavior.there()) return nullptr;
    Json out = Json::object();
    for (const auto* direction : {"scaleUp", "scaleDown"}) {
        if (auto rules = behavior.part(direction); rules.there()) out[direction] = rules_of(rules);
    }
    behavior.finish();
    return out;
}

}  // namespace setpoint
