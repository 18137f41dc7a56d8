// SPDX-License-Identifier: Apache-2.0
#include "core/codec.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/ids.hpp"

namespace setpoint {
namespace {

// Wire types, the low three bits of a row's tag.
constexpr unsigned kVarint = 0;  // unsigned, seven bits a byte
constexpr unsigned kFixed = 1;   // eight bytes
constexpr unsigned kBytes = 2;   // a length and that many bytes
constexpr unsigned kScope = 3;   // four bytes of length, then rows

std::uint32_t tag_of(std::string_view name, unsigned wire) {
    return (static_cast<std::uint32_t>(hash_of(name)) & ~std::uint32_t{7}) | wire;
}

std::uint64_t zigzag(std::int64_t v) {
    return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}

std::int64_t unzigzag(std::uint64_t v) {
    return static_cast<std::int64_t>((v >> 1) ^ (~(v & 1) + 1));
}

/// Whatever damaged input says, without an overflow.
Time shifted(std::int64_t milliseconds, Duration shift) {
    return Time{Duration{static_cast<std::int64_t>(static_cast<std::uint64_t>(milliseconds) + static_cast<std::uint64_t>(shift.count()))}};
}

template <class Word>
Word little(Word word) {
    if constexpr (std::endian::native == std::endian::big) {
        auto* first = reinterpret_cast<unsigned char*>(&word);
        std::reverse(first, first + sizeof word);
    }
    return word;
}

}  // namespace

void Encoder::tag(std::string_view name, unsigned wire) {
    const std::uint32_t word = little(tag_of(name, wire));
    out_.append(reinterpret_cast<const char*>(&word), sizeof word);
}

void Encoder::varint(std::uint64_t v) {
    while (v >= 0x80) {
        out_.push_back(static_cast<char>(static_cast<unsigned char>(v) | 0x80U));
        v >>= 7;
    }
    out_.push_back(static_cast<char>(v));
}

void Encoder::bytes(std::string_view text) {
    varint(text.size());
    out_.append(text);
}

void Encoder::begin(std::string_view name, unsigned wire) {
    tag(name, wire);
    open_.push_back(out_.size());
    out_.append(4, '\0');
}

void Encoder::end() {
    const std::size_t at = open_.back();
    open_.pop_back();
    const auto length = little(static_cast<std::uint32_t>(out_.size() - at - 4));
    std::memcpy(out_.data() + at, &length, sizeof length);
}

void Encoder::value(const Field& field, bool& v) {
    tag(field.name, kVarint);
    varint(v ? 1 : 0);
}

void Encoder::value(const Field& field, std::int64_t& v) {
    tag(field.name, kVarint);
    varint(zigzag(v));
}

void Encoder::value(const Field& field, std::uint64_t& v) {
    tag(field.name, kVarint);
    varint(v);
}

void Encoder::value(const Field& field, double& v) {
    tag(field.name, kFixed);
    const auto word = little(std::bit_cast<std::uint64_t>(v));
    out_.append(reinterpret_cast<const char*>(&word), sizeof word);
}

void Encoder::value(const Field& field, Duration& v) {
    tag(field.name, kVarint);
    varint(zigzag(v.count()));
}

void Encoder::value(const Field& field, Time& v) {
    tag(field.name, kVarint);
    varint(zigzag(v.time_since_epoch().count()));
}

void Encoder::value(const Field& field, std::string& v) {
    tag(field.name, kBytes);
    bytes(v);
}

void Encoder::one_of(const Field& field, std::size_t& v, std::span<const std::string_view>) {
    tag(field.name, kVarint);
    varint(v);
}

bool Encoder::present(const Field&, bool engaged) { return engaged; }

void Encoder::open(const Field& field) { begin(field.name, kScope); }
void Encoder::close() { end(); }

std::size_t Encoder::open_list(const Field& field, std::size_t size, std::size_t) {
    begin(field.name, kScope);
    varint(size);
    return size;
}

void Encoder::open_element(std::size_t) {}
void Encoder::close_element() {}
void Encoder::close_list() { end(); }

std::size_t Encoder::open_map(const Field& field, std::size_t size, std::size_t limit) {
    return open_list(field, size, limit);
}

void Encoder::key(std::size_t, std::string& name) { value(Field{}, name); }

std::size_t Encoder::choose(std::span<const Alternative> known, std::size_t current) {
    tag("choice", kBytes);
    bytes(known[current].name);
    return current;
}

bool Encoder::shorthand(const Field&, std::string&) { return false; }

Decoder::Decoder(std::string_view in, Duration shift) : in_(in), shift_(shift) { scopes_.push_back({0, in.size(), in.size()}); }

std::uint64_t Decoder::varint() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64 && at_ < scopes_.back().end; shift += 7) {
        const auto byte = static_cast<unsigned char>(in_[at_++]);
        v |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0) return v;
    }
    ok_ = false;
    return 0;
}

std::uint32_t Decoder::word() {
    std::uint32_t v = 0;
    if (scopes_.back().end - at_ < sizeof v) {
        ok_ = false;
        at_ = scopes_.back().end;
        return 0;
    }
    std::memcpy(&v, in_.data() + at_, sizeof v);
    at_ += sizeof v;
    return little(v);
}

std::string_view Decoder::bytes() {
    const std::uint64_t size = varint();
    if (size > scopes_.back().end - at_) {
        ok_ = false;
        at_ = scopes_.back().end;
        return {};
    }
    const auto text = in_.substr(at_, size);
    at_ += size;
    return text;
}

bool Decoder::skip(unsigned wire) {
    const std::size_t end = scopes_.back().end;
    if (wire == kVarint) {
        (void)varint();
        return ok_;
    }
    std::uint64_t size = sizeof(std::uint64_t);
    if (wire == kBytes) size = varint();
    else if (wire == kScope) size = word();
    else if (wire != kFixed) ok_ = false;
    if (!ok_ || size > end - at_) {
        ok_ = false;
        at_ = end;
        return false;
    }
    at_ += size;
    return true;
}

bool Decoder::find(std::string_view name, unsigned wire, bool consume) {
    const Scope scope = scopes_.back();
    const std::size_t from = at_;
    const std::uint32_t wanted = tag_of(name, wire);
    // From here to the end, then, for rows that changed places, from the beginning.
    for (const bool again : {false, true}) {
        if (again) at_ = scope.begin;
        const std::size_t stop = again ? from : scope.end;
        while (ok_ && at_ < stop) {
            const std::size_t row = at_;
            const std::uint32_t seen = word();
            if (ok_ && (consume ? seen == wanted : (seen & ~7U) == (wanted & ~7U))) {
                if (!consume) at_ = row;
                return true;
            }
            if (!ok_ || !skip(seen & 7U)) break;
        }
    }
    at_ = from;
    return false;
}

bool Decoder::enter(std::string_view name, unsigned wire) {
    if (!ok_ || !find(name, wire)) {
        scopes_.push_back({at_, at_, at_});  // empty: everything inside keeps its default
        return false;
    }
    const std::size_t size = word();
    if (size > scopes_.back().end - at_) {
        ok_ = false;
        scopes_.push_back({at_, at_, at_});
        return false;
    }
    scopes_.push_back({at_, at_ + size, at_ + size});
    return true;
}

void Decoder::leave() {
    at_ = scopes_.back().resume;
    scopes_.pop_back();
}

void Decoder::value(const Field& field, bool& v) {
    if (find(field.name, kVarint)) v = varint() != 0;
}

void Decoder::value(const Field& field, std::int64_t& v) {
    if (find(field.name, kVarint)) v = unzigzag(varint());
}

void Decoder::value(const Field& field, std::uint64_t& v) {
    if (find(field.name, kVarint)) v = varint();
}

void Decoder::value(const Field& field, double& v) {
    if (!find(field.name, kFixed)) return;
    std::uint64_t word = 0;
    if (scopes_.back().end - at_ < sizeof word) {
        ok_ = false;
        return;
    }
    std::memcpy(&word, in_.data() + at_, sizeof word);
    at_ += sizeof word;
    v = std::bit_cast<double>(little(word));
}

void Decoder::value(const Field& field, Duration& v) {
    if (find(field.name, kVarint)) v = Duration{unzigzag(varint())};
}

void Decoder::value(const Field& field, Time& v) {
    if (find(field.name, kVarint)) v = shifted(unzigzag(varint()), shift_);
}

void Decoder::value(const Field& field, std::string& v) {
    if (find(field.name, kBytes)) v = bytes();
}

void Decoder::one_of(const Field& field, std::size_t& v, std::span<const std::string_view> names) {
    if (!find(field.name, kVarint)) return;
    const std::uint64_t at = varint();
    if (at < names.size()) v = at;
    else ok_ = false;
}

bool Decoder::present(const Field& field, bool) { return ok_ && find(field.name, 0, false); }

void Decoder::open(const Field& field) { enter(field.name, kScope); }
void Decoder::close() { leave(); }

std::size_t Decoder::open_list(const Field& field, std::size_t, std::size_t limit) {
    if (!enter(field.name, kScope)) return 0;
    const std::uint64_t size = varint();
    // Every element takes at least its tag: a count that cannot be true allocates nothing.
    if (size > limit || size > (scopes_.back().end - at_) / sizeof(std::uint32_t)) {
        ok_ = false;
        return 0;
    }
    scopes_.back().begin = at_;
    return size;
}

void Decoder::open_element(std::size_t) {}
void Decoder::close_element() {}
void Decoder::close_list() { leave(); }

std::size_t Decoder::open_map(const Field& field, std::size_t size, std::size_t limit) {
    return open_list(field, size, limit);
}

void Decoder::key(std::size_t, std::string& name) { value(Field{}, name); }

std::size_t Decoder::choose(std::span<const Alternative> known, std::size_t) {
    if (find("choice", kBytes)) {
        const auto name = bytes();
        for (std::size_t i = 0; i < known.size(); ++i) {
            if (known[i].name == name) return i;
        }
    }
    ok_ = false;
    return known.size();
}

bool Decoder::shorthand(const Field&, std::string&) { return false; }

}  // namespace setpoint
