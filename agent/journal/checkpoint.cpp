// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/checkpoint.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "agent/journal/descriptor.hpp"
#include "agent/journal/bytes.hpp"
#include "agent/journal/frames.hpp"
#include "core/codec.hpp"

namespace setpoint {
namespace {

// The file: this, version (4 bytes), CRC-32C of the payload (4), its length (8), payload.
constexpr std::string_view kMagic{"\x89SPC\r\n\x1a\n", 8};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeader = 24;
constexpr std::size_t kMaxFile = std::size_t{1} << 30;

void bind(Fields& fields, Checkpoint::Policy& policy) {
    fields.state("name", policy.name);
    fields.state("namespace", policy.name_space);
    fields.state("state", policy.state);
}

void bind(Fields& fields, Checkpoint& checkpoint) {
    fields.state("time", checkpoint.time);
    const std::size_t size = fields.open_list(Field{"policies"}, checkpoint.policies.size(), Fields::kMaxElements);
    checkpoint.policies.resize(size);
    for (auto& policy : checkpoint.policies) {
        fields.open(Field{});
        bind(fields, policy);
        fields.close();
    }
    fields.close_list();
    fields.state("guards", checkpoint.guards);
    fields.state("term", checkpoint.term);
    fields.state("last", checkpoint.last);
}

}  // namespace

Checkpoint take_checkpoint(Time now, Reducer& reducer) {
    Checkpoint checkpoint{now, {}, {}, {}, false};
    for (std::uint32_t i = 0; i < reducer.targets(); ++i) {
        const auto& spec = reducer.spec(TargetId{i});
        auto& policy = checkpoint.policies.emplace_back(Checkpoint::Policy{spec.name, spec.name_space, {}});
        Encoder encoder{policy.state};
        reducer.bind_state(TargetId{i}, encoder);
    }
    Encoder encoder{checkpoint.guards};
    reducer.bind_guard_state(encoder);
    return checkpoint;
}

namespace {

/// Fills one target, all of it or nothing.
bool fill(TargetId target, std::string_view state, Reducer& reducer) {
    std::string untouched;
    Encoder encoder{untouched};
    reducer.bind_state(target, encoder);
    Decoder decoder{state};
    reducer.bind_state(target, decoder);
    if (decoder.ok()) return true;
    Decoder back{untouched};
    reducer.bind_state(target, back);
    return false;
}

}  // namespace

Restored restore(const Checkpoint& checkpoint, Reducer& reducer) {
    std::map<std::pair<std::string_view, std::string_view>, std::string_view> states;
    for (const auto& policy : checkpoint.policies) states[{policy.name_space, policy.name}] = policy.state;
    Restored restored;
    for (std::uint32_t i = 0; i < reducer.targets(); ++i) {
        const auto& spec = reducer.spec(TargetId{i});
        const auto found = states.find({spec.name_space, spec.name});
        if (found == states.end()) continue;
        if (fill(TargetId{i}, found->second, reducer)) ++restored.policies;
        else restored.unreadable.push_back(spec.name);
    }
    Decoder decoder{checkpoint.guards};
    reducer.bind_guard_state(decoder);
    return restored;
}

std::string encode(const Checkpoint& checkpoint) {
    std::string payload;
    Encoder encoder{payload};
    bind(encoder, const_cast<Checkpoint&>(checkpoint));  // an encoder only reads
    std::string bytes{kMagic};
    put_fixed(bytes, kVersion, 4);
    put_fixed(bytes, crc32c(payload), 4);
    put_fixed(bytes, payload.size(), 8);
    return bytes + payload;
}

Result<Checkpoint> decode_checkpoint(std::string_view bytes) {
    if (!bytes.starts_with(kMagic)) return fail(Errc::bad_reply, "damaged, or not a checkpoint");
    if (bytes.size() < kHeader) return fail(Errc::bad_reply, fmt::format("damaged: it ends after {} bytes", bytes.size()));
    Bytes header{bytes.substr(kMagic.size())};
    const auto version = header.fixed(4);
    if (version > kVersion) {
        return fail(Errc::refused, fmt::format("version {} is newer than this program reads ({})", version, kVersion));
    }
    const auto checksum = header.fixed(4);
    const auto length = header.fixed(8);
    const auto payload = bytes.substr(kHeader);
    if (version == 0 || payload.size() != length || crc32c(payload) != checksum) {
        return fail(Errc::bad_reply, fmt::format("damaged: its checksum does not hold over {} bytes", bytes.size()));
    }
    Checkpoint checkpoint;
    Decoder decoder{payload};
    bind(decoder, checkpoint);
    if (!decoder.ok()) return fail(Errc::bad_reply, "damaged: its rows make no sense");
    return checkpoint;
}

Result<> save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
    auto fresh = path;
    fresh += ".new";
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
    auto saved = Descriptor::open(fresh, O_WRONLY | O_CREAT | O_TRUNC).and_then([&](const Descriptor& file) {
        return file.write(encode(checkpoint), fresh).and_then([&] { return file.sync(fresh); });
    });
    if (saved && std::rename(fresh.c_str(), path.c_str()) != 0) saved = io_failure("rename to it " + fresh.string(), path);
    if (!saved) {
        ::unlink(fresh.c_str());
        return saved;
    }
    return sync_folder(folder);
}

Result<Checkpoint> load_checkpoint(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error) && !error) return fail(Errc::no_data, path.string() + ": there is no checkpoint yet");
    auto file = Descriptor::open(path, O_RDONLY);
    if (!file) return tl::unexpected(file.error());
    std::string bytes;
    char chunk[64 * 1024];
    while (true) {
        const auto got = ::read(file->get(), chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return io_failure("read", path);
        if (got == 0) break;
        bytes.append(chunk, static_cast<std::size_t>(got));
        if (bytes.size() > kMaxFile) return fail(Errc::bad_reply, path.string() + ": larger than any checkpoint (1 GiB)");
    }
    return decode_checkpoint(bytes).map_error(in(path.string()));
}

}  // namespace setpoint
