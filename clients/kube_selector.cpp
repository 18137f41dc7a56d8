// SPDX-License-Identifier: Apache-2.0
#include "clients/kube_selector.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace setpoint {
namespace {

using Operator = KubeSelector::Operator;

constexpr std::size_t kLongestText = 16U << 10U;

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_of_word(char c) { return !is_blank(c) && std::string_view{"=!,()<>"}.find(c) == std::string_view::npos; }

/// Reads requirements one after the other; what is not as it should be leaves nothing.
class SelectorReader {
public:
    explicit SelectorReader(std::string_view text) : rest_(text) {}

    bool read(KubeSelector& into) {
        do {
            auto expression = requirement();
            if (!expression) return false;
            // The same label twice must have both values.
            const bool one_value = expression->is == Operator::in && expression->values.size() == 1;
            const bool taken = one_value && into.labels.emplace(expression->label, expression->values.front()).second;
            if (!taken) into.expressions.push_back(std::move(*expression));
        } while (take(","));
        skip_blanks();
        return rest_.empty();
    }

private:
    std::optional<KubeSelector::Expression> requirement() {
        const bool absent = take("!");
        auto label = word();
        if (label.empty()) return std::nullopt;
        if (absent) return KubeSelector::Expression{std::move(label), Operator::does_not_exist, {}};
        if (take("!=")) return KubeSelector::Expression{std::move(label), Operator::not_in, {word()}};
        if (take("==") || take("=")) return KubeSelector::Expression{std::move(label), Operator::in, {word()}};
        const auto set = word();
        if (set.empty()) return KubeSelector::Expression{std::move(label), Operator::exists, {}};
        auto chosen = values();
        if (!chosen || (set != "in" && set != "notin")) return std::nullopt;
        return KubeSelector::Expression{std::move(label), set == "in" ? Operator::in : Operator::not_in, std::move(*chosen)};
    }

    std::optional<std::vector<std::string>> values() {
        if (!take("(")) return std::nullopt;
        std::vector<std::string> found;
        do found.push_back(word());
        while (take(","));
        if (!take(")")) return std::nullopt;
        return found;
    }

    void skip_blanks() {
        while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
    }

    bool take(std::string_view sign) {
        skip_blanks();
        if (!rest_.starts_with(sign)) return false;
        rest_.remove_prefix(sign.size());
        return true;
    }

    /// Empty where there is none, as a value may be.
    std::string word() {
        skip_blanks();
        const auto* end = std::ranges::find_if_not(rest_, is_of_word);
        std::string found{rest_.begin(), end};
        rest_.remove_prefix(found.size());
        return found;
    }

    std::string_view rest_;
};

std::string written(const KubeSelector::Expression& expression) {
    std::string values;
    for (const auto& value : expression.values) values += "," + value;
    values = "(" + (values.empty() ? values : values.substr(1)) + ")";
    switch (expression.is) {
        case Operator::in: return expression.label + " in " + values;
        case Operator::not_in: return expression.label + " notin " + values;
        case Operator::exists: return expression.label;
        case Operator::does_not_exist: return "!" + expression.label;
    }
    return {};
}

}  // namespace

bool KubeSelector::matches(const std::map<std::string, std::string>& these) const {
    if (labels.empty() && expressions.empty()) return false;
    const bool all = std::ranges::all_of(labels, [&](const auto& wanted) {
        const auto found = these.find(wanted.first);
        return found != these.end() && found->second == wanted.second;
    });
    return all && std::ranges::all_of(expressions, [&](const Expression& expression) {
        const auto found = these.find(expression.label);
        const bool there = found != these.end();
        const bool among = there && std::ranges::find(expression.values, found->second) != expression.values.end();
        switch (expression.is) {
            case Operator::in: return among;
            case Operator::not_in: return !among;
            case Operator::exists: return there;
            case Operator::does_not_exist: return !there;
        }
        return false;
    });
}

Result<KubeSelector> parse_selector(std::string_view text) {
    KubeSelector selector;
    if (text.size() <= kLongestText && SelectorReader{text}.read(selector)) return selector;
    return fail(Errc::bad_reply, "'" + std::string{text.substr(0, 80)} + "' is no label selector");
}

std::string written(const KubeSelector& selector) {
    std::string text;
    const auto add = [&](const std::string& requirement) { text += (text.empty() ? "" : ",") + requirement; };
    for (const auto& [label, value] : selector.labels) add(label + "=" + value);
    for (const auto& expression : selector.expressions) add(written(expression));
    return text;
}

}  // namespace setpoint
