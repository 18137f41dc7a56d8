// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/time.hpp"

namespace setpoint {

/// How a value is written in a document.
enum class Notation : std::uint8_t {
    plain,       // 3, 0.25
    quantity,    // 500m, 1Gi
    percentage,  // 70%
    duration,    // 90s
    signal,      // the name of a signal of the same document
    // A quantity, a percentage or a duration, whichever the signal's dimension asks for; stored in the
    // signal's base unit (seconds, cores, bytes, ratio). On a signal without one a quantity (15000m is 15).
    any_unit,
    dns_label,   // cart-2: lower case letters, digits and dashes, at most 63 (RFC 1123)
    // As any_unit, but plain on a signal without a unit, and of the target's own cpu and memory the
    // utilization (70%); stored as a ratio then.
    unit_or_utilization,
    text_or_number,  // any value, as it is written: +2, 20%
    identifier,  // letters, digits, and - _ . inside, at most 63; of a map: its keys
};

/// What is allowed. Numbers in the stored unit (ratios, seconds for durations).
struct Rule {
    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();
    bool above = false;  // min itself is not allowed
    Notation notation = Notation::plain;
};

[[nodiscard]] constexpr Rule anything() { return {}; }
[[nodiscard]] constexpr Rule between(double min, double max) { return {min, max, false, Notation::plain}; }
[[nodiscard]] constexpr Rule above(double min) { return {min, 1e15, true, Notation::plain}; }
/// In percent: percent(1, 1000) stores 0.01 to 10.
[[nodiscard]] constexpr Rule percent(double min, double max) {
    return {min / 100.0, max / 100.0, false, Notation::percentage};
}
[[nodiscard]] constexpr Rule lasting(Duration min, Duration max) {
    return {seconds(min), seconds(max), false, Notation::duration};
}
[[nodiscard]] constexpr Rule in_unit_of_signal() { return {0, 1e18, true, Notation::any_unit}; }
[[nodiscard]] constexpr Rule in_unit_or_utilization() { return {0, 1e18, true, Notation::unit_or_utilization}; }
[[nodiscard]] constexpr Rule as_written() { return {0, 0, false, Notation::text_or_number}; }
[[nodiscard]] constexpr Rule signal_name() {
    return {0, 0, false, Notation::signal};
}

/// A name of letters, digits, and `-`, `_`, `.` inside.
[[nodiscard]] constexpr Rule identifier() { return {0, 0, false, Notation::identifier}; }
[[nodiscard]] constexpr Rule dns_label() { return {0, 0, false, Notation::dns_label}; }

/// One row of a component's table: everything that messages, the schema and the reference page say.
struct Field {
    std::string_view name;
    std::string_view help = {};
    Rule rule = {};
    bool required = false;
    std::span<const std::string_view> words = {};  // of a shorthand: the texts that may stand for the object
};

class Fields;

/// One of the forms of a tagged object, such as `track` under `policies`.
struct Alternative {
    std::string_view name;
    std::string_view help;
    void (*describe)(Fields&);  // binds a default-constructed one, for the schema
};

/// The table of a component, visited. Every component binds its settings, its state and its events
/// unconditionally, with one `bind(Fields&, T&)`; what a visitor does with the rows is its own: the
/// document reader fills them and complains, the schema describes them, the codec writes or reads them.
///
/// A visitor never throws through a bind. Readers leave a value alone where the input is wrong.
class Fields {
public:
    virtual ~Fields() = default;

    // Rows.
    virtual void value(const Field& field, bool& v) = 0;
    virtual void value(const Field& field, std::int64_t& v) = 0;
    virtual void value(const Field& field, std::uint64_t& v) = 0;
    virtual void value(const Field& field, double& v) = 0;
    virtual void value(const Field& field, Duration& v) = 0;
    virtual void value(const Field& field, Time& v) = 0;
    virtual void value(const Field& field, std::string& v) = 0;
    /// `v` indexes `names`.
    virtual void one_of(const Field& field, std::size_t& v, std::span<const std::string_view> names) = 0;
    /// Whether an optional row is there: readers answer from their input, all others return `engaged`
    /// (the schema true, to see what is inside).
    virtual bool present(const Field& field, bool engaged) = 0;

    // Structure. Each open has its close, whatever was found.
    virtual void open(const Field& field) = 0;
    virtual void close() = 0;
    /// Returns how many elements follow: readers from their input (at most `limit`), others `size`.
    virtual std::size_t open_list(const Field& field, std::size_t size, std::size_t limit) = 0;
    virtual void open_element(std::size_t at) = 0;
    virtual void close_element() = 0;
    virtual void close_list() = 0;
    /// A map from user-chosen names; as a list, and `key` reads or writes the name of each element.
    virtual std::size_t open_map(const Field& field, std::size_t size, std::size_t limit) = 0;
    virtual void key(std::size_t at, std::string& name) = 0;
    /// An object with exactly one of the keys of `known`. Returns its index; readers from their input,
    /// others `current`. `known.size()` means: do not descend (nothing valid found, or described already).
    virtual std::size_t choose(std::span<const Alternative> known, std::size_t current) = 0;
    /// Whether an optional tagged object is there, as `present`; `what` is the word for its kinds.
    virtual bool chosen(std::span<const Alternative> /*known*/, std::string_view /*what*/, bool engaged) {
        return engaged;
    }
    /// The object just opened may also be written as one of `field.words`: `cpu: cpu` for `cpu: { cpu: {} }`.
    /// A reader that finds one fills `text` and answers true; then the rest of the rows keep their defaults.
    virtual bool shorthand(const Field& field, std::string& text) = 0;

    // Sugar over the rows above.
    template <class T>
    void required(std::string_view name, T& v, Rule rule, std::string_view help) {
        row(Field{name, help, rule, true}, v);
    }
    template <class T>
    void optional(std::string_view name, T& v, Rule rule, std::string_view help) {
        row(Field{name, help, rule, false}, v);
    }
    void signal(std::string_view name, std::string& v, std::string_view help) {
        value(Field{name, help, signal_name(), true}, v);
    }
    /// State, where nothing is checked and nobody reads help.
    template <class T>
    void state(std::string_view name, T& v) {
        row(Field{name}, v);
    }
    /// An enumeration; `names` in the order of the enumerators, from 0.
    template <class E>
        requires std::is_enum_v<E>
    void choice(std::string_view name, E& v, std::span<const std::string_view> names, std::string_view help = {}) {
        auto at = static_cast<std::size_t>(v);
        one_of(Field{name, help, {}, false}, at, names);
        if (at < names.size()) v = static_cast<E>(at);
    }
    /// An enumeration that may be left out.
    template <class E>
        requires std::is_enum_v<E>
    void choice(std::string_view name, std::optional<E>& v, std::span<const std::string_view> names, std::string_view help = {}) {
        if (!present(Field{name, help, {}, false}, v.has_value())) {
            v.reset();
            return;
        }
        if (!v) v.emplace();
        choice(name, *v, names, help);
    }
    /// Exactly one of the kinds: `{ track: {...} }`.
    template <class... Ts>
    void tagged(std::variant<Ts...>& v);
    /// One of the kinds, or none of them; `what` is the word for them in messages.
    template <class... Ts>
    void tagged(std::optional<std::variant<Ts...>>& v, std::string_view what);
    /// Exactly one of the kinds, and inside it a `name` beside the settings: `{ pid: { name: calm, ... } }`.
    template <class... Ts>
    void tagged(std::string& name, std::variant<Ts...>& v);

    template <class T>
    void row(const Field& field, T& v);
    template <class T>
    void row(const Field& field, std::optional<T>& v);
    template <class T>
    void row(const Field& field, std::vector<T>& v);
    template <class T>
    void row(const Field& field, std::map<std::string, T>& v);

    static constexpr std::size_t kMaxElements = 1'000'000;
};

template <class T>
void Fields::row(const Field& field, T& v) {
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::uint64_t> ||
                  std::is_same_v<T, double> || std::is_same_v<T, Duration> || std::is_same_v<T, Time> ||
                  std::is_same_v<T, std::string>) {
        value(field, v);
    } else if constexpr (std::is_enum_v<T> || (std::is_integral_v<T> && std::is_unsigned_v<T>)) {
        auto wide = static_cast<std::uint64_t>(v);
        value(field, wide);
        v = static_cast<T>(wide);
    } else if constexpr (std::is_integral_v<T>) {
        std::int64_t wide = v;
        Field bounded = field;  // a reader refuses what would not fit
        bounded.rule.min = std::max(field.rule.min, static_cast<double>(std::numeric_limits<T>::min()));
        bounded.rule.max = std::min(field.rule.max, static_cast<double>(std::numeric_limits<T>::max()));
        value(bounded, wide);
        v = static_cast<T>(wide);
    } else if constexpr (std::is_same_v<T, float>) {
        double wide = v;
        value(field, wide);
        v = static_cast<float>(wide);
    } else {
        open(field);
        bind(*this, v);
        close();
    }
}

template <class T>
void Fields::row(const Field& field, std::optional<T>& v) {
    if (!present(field, v.has_value())) {
        v.reset();
        return;
    }
    if (!v) v.emplace();
    row(field, *v);
}

template <class T>
void Fields::row(const Field& field, std::vector<T>& v) {
    const std::size_t size = open_list(field, v.size(), kMaxElements);
    v.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
        open_element(i);
        row(Field{{}, field.help, field.rule, true}, v[i]);
        close_element();
    }
    close_list();
}

template <class T>
void Fields::row(const Field& field, std::map<std::string, T>& v) {
    const std::size_t size = open_map(field, v.size(), kMaxElements);
    std::map<std::string, T> visited;
    auto old = v.begin();
    for (std::size_t i = 0; i < size; ++i) {
        std::string name = old != v.end() ? old->first : std::string{};
        key(i, name);
        T element = old != v.end() ? std::move((old++)->second) : T{};
        open_element(i);
        row(Field{{}, field.help, field.rule, true}, element);
        close_element();
        visited.insert_or_assign(std::move(name), std::move(element));
    }
    close_list();
    v = std::move(visited);
}

namespace detail {

/// The row that names an entry of a list of tagged objects.
inline void bind_entry_name(Fields& fields, std::string& name) {
    fields.optional("name", name, identifier(), "its name in metrics, events and patches; by default the kind, a dot, the signal");
}

template <class T>
void describe(Fields& fields) {
    T settings{};
    bind(fields, settings);
}

template <class T>
void describe_named(Fields& fields) {
    std::string name;
    bind_entry_name(fields, name);
    describe<T>(fields);
}

/// Makes `v` hold its alternative `at`, if it does not.
template <class... Ts>
void hold_alternative(std::variant<Ts...>& v, std::size_t at) {
    if (at == v.index()) return;
    std::size_t i = 0;
    ((i++ == at ? (void)v.template emplace<Ts>() : void()), ...);
}

}  // namespace detail

template <class... Ts>
void Fields::tagged(std::variant<Ts...>& v) {
    static constexpr Alternative known[] = {Alternative{Ts::kind, Ts::help, &detail::describe<Ts>}...};
    const std::size_t chosen_at = choose(known, v.index());
    if (chosen_at >= sizeof...(Ts)) return;
    detail::hold_alternative(v, chosen_at);
    open(Field{known[chosen_at].name, known[chosen_at].help});
    std::visit([this](auto& settings) { bind(*this, settings); }, v);
    close();
}

template <class... Ts>
void Fields::tagged(std::optional<std::variant<Ts...>>& v, std::string_view what) {
    static constexpr Alternative known[] = {Alternative{Ts::kind, Ts::help, &detail::describe<Ts>}...};
    if (!chosen(known, what, v.has_value())) {
        v.reset();
        return;
    }
    if (!v) v.emplace();
    tagged(*v);
}

template <class... Ts>
void Fields::tagged(std::string& name, std::variant<Ts...>& v) {
    static constexpr Alternative known[] = {Alternative{Ts::kind, Ts::help, &detail::describe_named<Ts>}...};
    const std::size_t chosen_at = choose(known, v.index());
    if (chosen_at >= sizeof...(Ts)) return;
    detail::hold_alternative(v, chosen_at);
    open(Field{known[chosen_at].name, known[chosen_at].help});
    detail::bind_entry_name(*this, name);
    std::visit([this](auto& settings) { bind(*this, settings); }, v);
    close();
}

}  // namespace setpoint
