// SPDX-License-Identifier: Apache-2.0
#include "agent/live/status_checkpoint.hpp"

#include <fmt/core.h>

#include "agent/journal/bytes.hpp"
#include "agent/journal/frames.hpp"
#include "clients/base64.hpp"
#include "core/codec.hpp"

namespace setpoint {
namespace {

// Version (1 byte), CRC-32C of the rows (4), rows.
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kHeader = 5;

void bind(Fields& fields, StatusCheckpoint& checkpoint) {
    fields.state("namespace", checkpoint.name_space);
    fields.state("name", checkpoint.name);
    fields.state("time", checkpoint.time);
    auto wall = checkpoint.wall.time_since_epoch();
    fields.state("wall", wall);
    checkpoint.wall = WallTime{wall};
    fields.state("state", checkpoint.state);
}

}  // namespace

std::string encode(const StatusCheckpoint& checkpoint) {
    std::string rows;
    Encoder encoder{rows};
    bind(encoder, const_cast<StatusCheckpoint&>(checkpoint));  // an encoder only reads
    std::string bytes;
    put_fixed(bytes, kVersion, 1);
    put_fixed(bytes, crc32c(rows), 4);
    return base64(bytes + rows);
}

Result<StatusCheckpoint> read_status_checkpoint(std::string_view text, std::string_view name_space, std::string_view name) {
    if (text.empty()) return fail(Errc::no_data, "there is none");
    if (text.size() > (StatusCheckpoint::kMost + 2) / 3 * 4) return fail(Errc::bad_reply, fmt::format("it is larger than {} bytes", StatusCheckpoint::kMost));
    const auto bytes = from_base64(text);
    if (!bytes || bytes->size() < kHeader) return fail(Errc::bad_reply, "it is damaged");
    Bytes header{*bytes};
    const auto version = header.fixed(1);
    if (version > kVersion) return fail(Errc::refused, fmt::format("its version {} is newer than this program reads ({})", version, kVersion));
    const auto rows = std::string_view{*bytes}.substr(kHeader);
    if (version == 0 || header.fixed(4) != crc32c(rows)) return fail(Errc::bad_reply, "it is damaged: its checksum does not hold");
    StatusCheckpoint checkpoint;
    Decoder decoder{rows};
    bind(decoder, checkpoint);
    if (!decoder.ok()) return fail(Errc::bad_reply, "it is damaged: its rows make no sense");
    if (checkpoint.name_space != name_space || checkpoint.name != name) {
        return fail(Errc::refused, fmt::format("it is of the policy {}/{}", checkpoint.name_space.substr(0, 63), checkpoint.name.substr(0, 63)));
    }
    return checkpoint;
}

}  // namespace setpoint
