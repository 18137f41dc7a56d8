// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace setpoint {

/// What a frame holds. Written to disk: append, never reorder.
enum class FrameKind : std::uint8_t { opening = 1, snapshot, event, sample, tick, decision, gap };

/// A file of the journal: this, the format version (four bytes, little-endian), then frames.
inline constexpr std::string_view kJournalMagic{"\x89SPJ\r\n\x1a\n", 8};
inline constexpr std::uint32_t kJournalVersion = 1;
inline constexpr std::size_t kJournalPreamble = 12;

/// A frame: length of the payload (4 bytes), a check of the length (1), kind (1), CRC-32C of these six and the
/// payload (4), payload. The length has a check of its own so that a damaged length is not taken for a
/// frame that is still being written.
inline constexpr std::size_t kFrameHeader = 10;
inline constexpr std::size_t kMaxPayload = std::size_t{1} << 30;

/// Opens a frame at the end of `out` and returns where; `end_frame` fills in its header.
[[nodiscard]] std::size_t begin_frame(std::string& out, FrameKind kind);
void end_frame(std::string& out, std::size_t begun);

/// The payload's length; nothing when the header is damaged. `header` has kFrameHeader bytes.
[[nodiscard]] std::optional<std::size_t> payload_length(std::string_view header);
/// `frame` is header and payload.
[[nodiscard]] bool intact(std::string_view frame);
[[nodiscard]] FrameKind kind_of_frame(std::string_view frame);

[[nodiscard]] std::uint32_t crc32c(std::string_view first, std::string_view second = {});

}  // namespace setpoint
