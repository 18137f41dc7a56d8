// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/decision_digest.hpp"

#include <bit>

#include "core/fields.hpp"
#include "core/ids.hpp"

namespace setpoint {
namespace {

/// Visits a table and mixes its values, and how many elements its lists have; names add nothing, because
/// the rows of one table always come in the same order.
class Digest final : public Fields {
public:
    [[nodiscard]] std::uint64_t value() const { return hash_; }

    void value(const Field&, bool& v) override { mix(v ? 1 : 0); }
    void value(const Field&, std::int64_t& v) override { mix(static_cast<std::uint64_t>(v)); }
    void value(const Field&, std::uint64_t& v) override { mix(v); }
    void value(const Field&, double& v) override { mix(std::bit_cast<std::uint64_t>(v)); }
    void value(const Field&, Duration& v) override { mix(static_cast<std::uint64_t>(v.count())); }
    void value(const Field&, Time& v) override { mix(static_cast<std::uint64_t>(v.time_since_epoch().count())); }
    void value(const Field&, std::string& v) override { mix(hash_of(v)); }
    void one_of(const Field&, std::size_t& v, std::span<const std::string_view>) override { mix(v); }
    bool present(const Field&, bool engaged) override {
        mix(engaged ? 1 : 0);
        return engaged;
    }
    void open(const Field&) override {}
    void close() override {}
    std::size_t open_list(const Field&, std::size_t size, std::size_t) override {
        mix(size);
        return size;
    }
    void open_element(std::size_t) override {}
    void close_element() override {}
    void close_list() override {}
    std::size_t open_map(const Field& field, std::size_t size, std::size_t limit) override {
        return open_list(field, size, limit);
    }
    void key(std::size_t, std::string& name) override { mix(hash_of(name)); }
    std::size_t choose(std::span<const Alternative>, std::size_t current) override {
        mix(current);
        return current;
    }
    bool shorthand(const Field&, std::string&) override { return false; }

private:
    void mix(std::uint64_t v) {
        // Each step is a bijection of the hash for a given value, so one changed value always shows.
        hash_ = (hash_ ^ v) * 0x9E3779B97F4A7C15ULL;
        hash_ ^= hash_ >> 29;
    }

    std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace

std::uint64_t digest(const Decision& decision) {
    Digest digest;
    bind(digest, const_cast<Decision&>(decision));  // this visitor only reads
    return digest.value();
}

}  // namespace setpoint
