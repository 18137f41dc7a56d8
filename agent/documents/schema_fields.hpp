// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/fields.hpp"

namespace setpoint {

/// Describes bound settings as JSON Schema: an object a structure, a property a row.
class SchemaFields final : public Fields {
public:
    SchemaFields();
    ~SchemaFields() override;

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

    /// What was described, once all is bound.
    [[nodiscard]] nlohmann::ordered_json take();

private:
    using Json = nlohmann::ordered_json;

    /// An object, list or map whose rows are being described.
    struct Scope {
        std::string name;        // its own row; empty: an element
        std::string help;
        bool required = false;
        Json json;
        Json words;              // of a shorthand
    };

    static Json object();
    void push(const Field& field, Json json);
    void pop();
    void put(const Field& field, Json json);

    std::vector<Scope> scopes_;
    bool has_default_ = true;     // the next row is not optional, so what it holds is its default
    bool may_choose_none_ = false;
};

}  // namespace setpoint
