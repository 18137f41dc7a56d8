// SPDX-License-Identifier: Apache-2.0
#include "agent/import/behavior.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/documents/suggestion.hpp"
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

class Reader {
public:
    explicit Reader(Draft& draft) : draft_(draft) {}

    [[nodiscard]] Json rules_of(Foreign from);
    void finish(Foreign& part) { draft_.partial = !part.finish() || draft_.partial; }

private:
    [[nodiscard]] Json rule_of(Foreign& from);

    Draft& draft_;
};

Json Reader::rule_of(Foreign& from) {
    Json rule = Json::object();
    take_word(from, "type", {"Pods", "Percent"}, rule);
    take_whole(from, "value", 1, 1'000'000, rule);
    take_whole(from, "periodSeconds", 1, 1800, rule);
    for (const auto* key : {"type", "value", "periodSeconds"}) {
        if (!from.has(key)) from.wrong(key, "is missing");
    }
    finish(from);
    return rule;
}

Json Reader::rules_of(Foreign from) {
    Json rules = Json::object();
    take_whole(from, "stabilizationWindowSeconds", 0, 3600, rules);
    take_word(from, "selectPolicy", {"Max", "Min", "Disabled"}, rules);
    auto policies = from.list("policies");
    if (policies.empty() && from.has_list("policies")) from.wrong("policies", "must have at least one; leave it out for the defaults");
    for (auto& rule : policies) rules["policies"].push_back(rule_of(rule));
    if (const auto tolerance = from.text("tolerance")) {
        const auto amount = parse_quantity(*tolerance);
        if (amount && *amount >= 0) rules["tolerance"] = amount_of(*tolerance);
        else from.wrong("tolerance", fmt::format("must be a quantity of 0 or more, was {}", shown(*tolerance)));
    }
    finish(from);
    return rules;
}

}  // namespace

void import_behavior(Foreign behavior, Draft& draft) {
    if (!behavior.there()) return;
    Reader reader{draft};
    draft.behavior = Json::object();
    for (const auto* direction : {"scaleUp", "scaleDown"}) {
        if (auto rules = behavior.part(direction); rules.there()) draft.behavior[direction] = reader.rules_of(std::move(rules));
    }
    reader.finish(behavior);
}

}  // namespace setpoint
