// SPDX-License-Identifier: Apache-2.0
#include "agent/import/label_selector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "agent/documents/suggestion.hpp"

namespace setpoint {
namespace {

/// What would mean something else in the text.
bool is_safe(const std::string& word) {
    return std::ranges::none_of(word, [](unsigned char c) { return c <= ' ' || c == 0x7f || std::string_view{",()=!<>"}.find(static_cast<char>(c)) != std::string_view::npos; });
}

std::string word_of(Foreign& from, std::string_view key, const std::string& word) {
    if (!is_safe(word)) from.wrong(key, fmt::format("must be a label, was {}", shown(word)));
    return word;
}

std::string requirement(Foreign& from) {
    const auto key = word_of(from, "key", from.text("key").value_or(""));
    const auto how = from.text("operator").value_or("");
    std::vector<std::string> values;
    for (auto& value : from.list("values")) values.push_back(word_of(value, {}, value.text().value_or("")));
    if (how == "In") return fmt::format("{} in ({})", key, fmt::join(values, ", "));
    if (how == "NotIn") return fmt::format("{} notin ({})", key, fmt::join(values, ", "));
    if (how == "Exists") return key;
    if (how == "DoesNotExist") return "!" + key;
    from.wrong("operator", fmt::format("must be In, NotIn, Exists or DoesNotExist, was {}", shown(how)));
    return {};
}

}  // namespace

std::string import_selector(Foreign selector) {
    std::vector<std::string> parts;
    auto labels = selector.part("matchLabels");
    for (const auto& key : labels.keys()) {
        parts.push_back(fmt::format("{}={}", word_of(labels, key, key), word_of(labels, key, labels.text(key).value_or(""))));
    }
    for (auto& expression : selector.list("matchExpressions")) parts.push_back(requirement(expression));
    return fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace setpoint
