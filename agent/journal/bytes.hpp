// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>


namespace setpoint {

/// The numbers of the journal's hot entries, appended little-endian on every machine.
inline void put_fixed(std::string& out, std::uint64_t v, std::size_t size) {
    char word[sizeof v];
    for (std::size_t i = 0; i < size; ++i) word[i] = static_cast<char>(static_cast<unsigned char>(v >> (8 * i)));
    out.append(word, size);
}

inline void put_varint(std::string& out, std::uint64_t v) {
    char word[10];
    std::size_t size = 0;
    while (v >= 0x80) {
        word[size++] = static_cast<char>(static_cast<unsigned char>(v) | 0x80U);
        v >>= 7;
    }
    word[size++] = static_cast<char>(v);
    out.append(word, size);
}

/// Zigzag: small numbers of either sign stay short. The difference may wrap; it is taken modulo 2^64.
inline void put_difference(std::string& out, std::int64_t from, std::int64_t to) {
    const auto difference = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
    put_varint(out, (difference << 1) ^ (std::uint64_t{0} - (difference >> 63)));
}

/// Reads them back. Past the end everything is zero and `ok` is false.
class Bytes {
public:
    explicit Bytes(std::string_view in) : in_(in) {}

    [[nodiscard]] std::uint64_t fixed(std::size_t size) {
        if (in_.size() < size) return fail();
        std::uint64_t v = 0;
        for (std::size_t i = 0; i < size; ++i) v |= static_cast<std::uint64_t>(static_cast<unsigned char>(in_[i])) << (8 * i);
        in_.remove_prefix(size);
        return v;
    }

    [[nodiscard]] std::uint64_t varint() {
        std::uint64_t v = 0;
        for (unsigned shift = 0; shift < 64 && !in_.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(in_.front());
            in_.remove_prefix(1);
            v |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
            if ((byte & 0x80U) == 0) return v;
        }
        return fail();
    }

    [[nodiscard]] std::int64_t difference(std::int64_t from) {
        const std::uint64_t v = varint();
        const std::uint64_t difference = (v >> 1) ^ (std::uint64_t{0} - (v & 1));
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) + difference);
    }

    /// A length and that many bytes.
    [[nodiscard]] std::string_view text() {
        const std::uint64_t size = varint();
        if (size > in_.size()) {
            (void)fail();
            return {};
        }
        const auto read = in_.substr(0, size);
        in_.remove_prefix(size);
        return read;
    }

    [[nodiscard]] std::string_view rest() const { return in_; }
    [[nodiscard]] bool ok() const { return ok_; }

private:
    std::uint64_t fail() {
        ok_ = false;
        in_ = {};
        return 0;
    }

    std::string_view in_;
    bool ok_ = true;
};

}  // namespace setpoint
