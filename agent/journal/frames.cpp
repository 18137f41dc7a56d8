// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/frames.hpp"

#include <boost/crc.hpp>

#include "agent/journal/bytes.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kChecked = 6;  // length, its check and kind

unsigned char check_of(std::string_view length) {
    unsigned char check = 0xA5;  // so that a header of zeros is wrong
    for (std::size_t i = 0; i < 4; ++i) check = static_cast<unsigned char>(check ^ static_cast<unsigned char>(length[i]));
    return check;
}

}  // namespace

std::uint32_t crc32c(std::string_view first, std::string_view second) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
    crc.process_bytes(first.data(), first.size());
    crc.process_bytes(second.data(), second.size());
    return crc.checksum();
}

std::size_t begin_frame(std::string& out, FrameKind kind) {
    const std::size_t begun = out.size();
    out.append(kFrameHeader, '\0');
    out[begun + 5] = static_cast<char>(kind);
    return begun;
}

void end_frame(std::string& out, std::size_t begun) {
    std::uint64_t length = out.size() - begun - kFrameHeader;
    for (std::size_t i = 0; i < 4; ++i, length >>= 8) out[begun + i] = static_cast<char>(static_cast<unsigned char>(length));
    const std::string_view frame = std::string_view{out}.substr(begun);
    out[begun + 4] = static_cast<char>(check_of(frame));
    std::uint32_t crc = crc32c(frame.substr(0, kChecked), frame.substr(kFrameHeader));
    for (std::size_t i = 0; i < 4; ++i, crc >>= 8) out[begun + kChecked + i] = static_cast<char>(static_cast<unsigned char>(crc));
}

std::optional<std::size_t> payload_length(std::string_view header) {
    if (static_cast<unsigned char>(header[4]) != check_of(header)) return std::nullopt;
    const auto length = static_cast<std::size_t>(Bytes{header}.fixed(4));
    if (length > kMaxPayload) return std::nullopt;
    return length;
}

bool intact(std::string_view frame) {
    const auto stored = Bytes{frame.substr(kChecked)}.fixed(4);
    return stored == crc32c(frame.substr(0, kChecked), frame.substr(kFrameHeader));
}

FrameKind kind_of_frame(std::string_view frame) { return static_cast<FrameKind>(static_cast<unsigned char>(frame[5])); }

}  // namespace setpoint
