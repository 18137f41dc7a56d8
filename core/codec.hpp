// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/fields.hpp"

namespace setpoint {

/// Writes bound values into a compact binary form: every row with a hash of its name and its wire type,
/// structures and lists with their length, so that a reader of another version skips what it does not
/// know and keeps its defaults for what is not there. Little-endian on every machine.
class Encoder final : public Fields {
public:
    /// Appends to `out`, which must outlive the encoder; its room is kept.
    explicit Encoder(std::string& out) : out_(out) {}

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
    bool shorthand(const Field& field, std::string& text) override;

private:
    void tag(std::string_view name, unsigned wire);
    void varint(std::uint64_t v);
    void bytes(std::string_view text);
    void begin(std::string_view name, unsigned wire);
    void end();

    std::string& out_;
    std::vector<std::size_t> open_;  // where the lengths of what is open go
};

/// Reads what Encoder wrote. Damaged input never reads out of bounds; `ok` says whether all of it made
/// sense. Rows are looked up by name within their structure, from where the last one was found.
class Decoder final : public Fields {
public:
    /// `shift` is added to every time: from the writer's agent time to the reader's.
    explicit Decoder(std::string_view in, Duration shift = {});
    [[nodiscard]] bool ok() const { return ok_; }

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
    bool shorthand(const Field& field, std::string& text) override;

private:
    struct Scope {
        std::size_t begin = 0;
        std::size_t end = 0;
        std::size_t resume = 0;  // where the scope around it goes on
    };

    bool find(std::string_view name, unsigned wire, bool consume = true);
    bool skip(unsigned wire);
    std::uint64_t varint();
    std::uint32_t word();
    std::string_view bytes();
    bool enter(std::string_view name, unsigned wire);
    void leave();

    std::string_view in_;
    Duration shift_;
    std::size_t at_ = 0;
    std::vector<Scope> scopes_;
    bool ok_ = true;
};

}  // namespace setpoint
