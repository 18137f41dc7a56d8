// SPDX-License-Identifier: Apache-2.0
#include "clients/selector_json.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace setpoint {
namespace {

using namespace reply_json;

constexpr std::array<std::pair<std::string_view, KubeSelector::Operator>, 4> kOperators{{
    {"In", KubeSelector::Operator::in},
    {"NotIn", KubeSelector::Operator::not_in},
    {"Exists", KubeSelector::Operator::exists},
    {"DoesNotExist", KubeSelector::Operator::does_not_exist},
}};

void read_labels(const Json* labels, std::map<std::string, std::string>& into) {
    if (labels == nullptr || !labels->is_object()) return;
    for (const auto& [name, value] : labels->items()) into.emplace(name, text(&value));
}

Result<KubeSelector::Expression> expression_of(const Json& json) {
    const auto written = text(member(json, "operator"));
    const auto* known = std::ranges::find(kOperators, written, [](const auto& entry) { return entry.first; });
    if (known == kOperators.end()) return fail(Errc::bad_reply, "its selector has the operator '" + written.substr(0, 40) + "'");
    KubeSelector::Expression expression{text(member(json, "key")), known->second, {}};
    const auto* values = member(json, "values");
    if (values != nullptr && values->is_array()) {
        for (const auto& value : *values) expression.values.push_back(text(&value));
    }
    return expression;
}

}  // namespace

Result<KubeSelector> read_selector(const Json& written) {
    KubeSelector selector;
    const auto* labels = member(written, "matchLabels");
    const auto* expressions = member(written, "matchExpressions");
    read_labels(labels == nullptr && expressions == nullptr ? &written : labels, selector.labels);
    if (expressions == nullptr || !expressions->is_array()) return selector;
    for (const auto& one : *expressions) {
        auto expression = expression_of(one);
        if (!expression) return tl::unexpected<Error>(std::move(expression.error()));
        selector.expressions.push_back(std::move(*expression));
    }
    return selector;
}

}  // namespace setpoint
