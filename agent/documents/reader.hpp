// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/documents/finding.hpp"
#include "agent/documents/scalar_text.hpp"
#include "agent/documents/yaml_text.hpp"
#include "core/fields.hpp"

namespace setpoint {

/// Fills bound settings from a YAML document and complains of all that is wrong with it: keys nobody asked
/// for, keys twice, missing ones, wrong types, values out of range. What is wrong keeps its default.
class DocumentReader final : public Fields {
public:
    using Signals = std::function<std::vector<SignalUnit>()>;

    /// `signals` says the document's signals; it is asked when the first setting wants to know.
    DocumentReader(const YamlNode& root, std::string file, Signals signals);
    ~DocumentReader() override;

    void value(const Field& field, bool& v) override;
    void value(const Field& field, std::int64_t& v) override;
    void value(const Field& field, std::uint64_t& v) override;
    void value(const Field& field, double& v) override;
    void value(const Field& field, Duration& v) override;
    void value(const Field& field, Time& v) override;
    void value(const Field& field, std::string& v) override;
    void one_of(const Field& field, std::size_t& v, std::span<const std::string_view> names) override;
    bool present(const Field& field, bool engaged) override;
    void open(const Field& field) override;
    void close() override;
    std::size_t open_list(const Field& field, std::size_t size, std::size_t limit) override;
    void open_element(std::size_t at) override;
    void close_element() override;
    void close_list() override;
    std::size_t open_map(const Field& field, std::size_t size, std::size_t limit) override;
    void key(std::size_t at, std::string& name) override;
    std::size_t choose(std::span<const Alternative> known, std::size_t current) override;
    bool chosen(std::span<const Alternative> known, std::string_view what, bool engaged) override;
    bool shorthand(const Field& field, std::string& text) override;

    /// Checks the keys of the document itself; call it when all is bound.
    void finish();

    /// Where the nearest thing that is there stands: `spec.replicas` for `spec.replicas.min` left out.
    [[nodiscard]] Place place_of(std::string_view path) const;
    [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
    /// The paths of the objects whose kind was not understood: nothing inside is worth a check.
    [[nodiscard]] const std::vector<std::string>& unreadable() const { return unreadable_; }
    /// The signals that some setting names.
    [[nodiscard]] const std::set<std::string>& used_signals() const { return used_signals_; }
    /// The unclear ones of which some setting is written in a unit.
    [[nodiscard]] const std::set<std::string>& unclear_signals() const { return unclear_signals_; }
    /// Whether something was asked for and stands there.
    [[nodiscard]] bool has(std::string_view path) const { return places_.contains(path); }

private:
    /// A value, where it stands and what it is called; no node where there is none, and all was said.
    struct Found {
        const YamlNode* node = nullptr;
        std::string path;
        Place at;
    };
    struct Scope {
        Found found;
        Rule keys;             // of a map
        std::vector<std::string_view> asked;
        std::span<const Alternative> kinds;  // of an optional choice that was not made
        std::string_view kinds_are;
    };

    /// What a row with entries must be, and how a message calls that.
    struct Shape {
        YamlNode::Kind kind;
        std::string_view name;
    };

    void complain(const Found& found, std::string message);
    void complain(Place at, std::string path, std::string message);
    Found look_up(const Field& field);
    Found scalar(const Field& field, std::string_view wanted);
    const SignalUnit* signal_named(std::string_view name);
    const SignalUnit* signal_of_scope();
    std::size_t open_entries(const Field& field, Shape shape, std::size_t limit);
    void push(Found found);
    void check_keys(const Scope& scope);
    void not_an_object(const Scope& scope);
    void unknown_key(const Scope& scope, const YamlNode::Entry& entry);
    void check_duplicates(const Scope& scope);
    template <class T>
    void take(const Found& found, Result<T> read, T& v);

    std::string file_;
    Signals ask_signals_;
    bool asked_signals_ = false;
    std::vector<SignalUnit> signals_;
    std::vector<Scope> scopes_;
    std::map<std::string, Place, std::less<>> places_;
    std::set<std::string> used_signals_;
    std::set<std::string> unclear_signals_;
    std::vector<std::string> unreadable_;
    std::vector<Finding> findings_;
};

}  // namespace setpoint
