// SPDX-License-Identifier: Apache-2.0
#include "agent/verbs/completer.hpp"

#include <CLI/CLI.hpp>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>

#include "agent/verbs/verbs.hpp"

namespace setpoint {
namespace {

std::string name_of(const CLI::Option& option) {
    return option.get_lnames().empty() ? "-" + option.get_snames().front() : "--" + option.get_lnames().front();
}

/// A command line, read word by word as the program would.
class Typed {
public:
    explicit Typed(const CLI::App& app) : verb_(&app) {}

    void add(const std::string& word);
    [[nodiscard]] Completion complete(const std::string& word) const;

private:
    [[nodiscard]] bool must_take() const { return open_ != nullptr && taken_ < open_->get_items_expected_min(); }
    [[nodiscard]] bool may_take() const { return open_ != nullptr && taken_ < open_->get_items_expected_max(); }
    [[nodiscard]] const CLI::Option* option(const std::string& name) const { return verb_->get_option_no_throw(name); }
    [[nodiscard]] const CLI::Option* next_positional() const;
    void open(const std::string& word);
    void offer_values(const CLI::Option& option, const std::string& word, const std::string& before, Completion& to) const;
    void offer_options(const std::string& word, Completion& to) const;
    void offer_verbs(const std::string& word, Completion& to) const;

    const CLI::App* verb_;               // the program itself before a verb was said; null after an unknown one
    const CLI::Option* open_ = nullptr;  // takes the words that follow
    int taken_ = 0;                      // how many it took
    std::size_t positionals_ = 0;
    bool only_positionals_ = false;      // after `--`
    std::set<const CLI::Option*> used_;
    std::map<std::string, std::string> given_;
};

void Typed::add(const std::string& word) {
    if (verb_ == nullptr) return;
    if (must_take() || (may_take() && !word.starts_with('-'))) {
        given_[name_of(*open_)] = word;
        ++taken_;
    } else if (!only_positionals_ && word.starts_with('-')) {
        open(word);
    } else if (verb_->get_parent() == nullptr) {
        const auto found = verb_->get_subcommands([&](const CLI::App* one) { return one->get_name() == word; });
        verb_ = found.empty() ? nullptr : found.front();
    } else {
        ++positionals_;
    }
}

void Typed::open(const std::string& word) {
    if (word == "--") only_positionals_ = true;
    const auto equals = word.find('=');
    open_ = word == "--" ? nullptr : option(word.substr(0, equals));
    taken_ = 0;
    if (open_ == nullptr) return;
    used_.insert(open_);
    if (equals == std::string::npos) return;
    given_[name_of(*open_)] = word.substr(equals + 1);
    taken_ = 1;
}

const CLI::Option* Typed::next_positional() const {
    const auto all = verb_->get_options([](const CLI::Option* one) { return one->get_positional(); });
    if (all.empty()) return nullptr;
    if (positionals_ < all.size()) return all[positionals_];
    return all.back()->get_items_expected_max() > 1 ? all.back() : nullptr;  // such as several files
}

void Typed::offer_values(const CLI::Option& option, const std::string& word, const std::string& before, Completion& to) const {
    const auto type = option.get_type_name();
    if (type == kFileWord) to.kind = Completion::Kind::files;
    if (type == kFolderWord) to.kind = Completion::Kind::folders;
    if (type == kPolicyWord) to.kind = Completion::Kind::policies;
    for (const auto& value : values_of(option)) {
        if (value.starts_with(word)) to.candidates.push_back({before + value, {}});
    }
}

void Typed::offer_options(const std::string& word, Completion& to) const {
    for (const auto* one : verb_->get_options([](const CLI::Option* option) { return option->nonpositional() && !option->get_group().empty(); })) {
        const auto name = name_of(*one);
        const bool again = one->get_items_expected_max() > 1;
        if (name.starts_with(word) && (again || !used_.contains(one))) to.candidates.push_back({name, one->get_description()});
    }
}

void Typed::offer_verbs(const std::string& word, Completion& to) const {
    for (const auto* verb : verb_->get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); })) {
        if (verb->get_name().starts_with(word)) to.candidates.push_back({verb->get_name(), verb->get_description()});
    }
}

Completion Typed::complete(const std::string& word) const {
    Completion result;
    result.given = given_;
    if (verb_ == nullptr) return result;
    const auto equals = word.find('=');
    if (must_take()) {
        offer_values(*open_, word, "", result);
    } else if (!only_positionals_ && word.starts_with('-') && equals != std::string::npos) {
        const auto* one = option(word.substr(0, equals));
        if (one != nullptr) offer_values(*one, word.substr(equals + 1), word.substr(0, equals + 1), result);
    } else if (!only_positionals_ && word.starts_with('-')) {
        offer_options(word, result);
    } else if (may_take()) {
        offer_values(*open_, word, "", result);
    } else if (verb_->get_parent() == nullptr) {
        offer_verbs(word, result);
    } else if (const auto* positional = next_positional()) {
        offer_values(*positional, word, "", result);
    } else if (word.empty()) {
        offer_options(word, result);
    }
    return result;
}

/// bash takes `--format=json` for three words.
void undo_split(std::vector<std::string>& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (words[i] != "=" || !words[i - 1].starts_with("--")) continue;
        if (i + 1 == words.size()) words[i].clear();
        else words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

}  // namespace

std::vector<std::string> values_of(const CLI::Option& option) {
    const auto type = option.get_type_name();  // as --help shows it: `TEXT:{text,json}`
    const auto begin = type.find('{');
    const auto end = type.rfind('}');
    if (begin == std::string::npos || end == std::string::npos) return {};
    return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

Completion complete(const CLI::App& app, std::vector<std::string> words) {
    if (words.empty()) words.emplace_back();
    undo_split(words);
    Typed typed{app};
    for (std::size_t i = 0; i + 1 < words.size(); ++i) typed.add(words[i]);
    return typed.complete(words.back());
}

}  // namespace setpoint
