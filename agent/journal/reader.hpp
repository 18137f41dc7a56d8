// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "agent/journal/descriptor.hpp"
#include "agent/journal/format.hpp"
#include "core/result.hpp"

namespace setpoint {

/// Reads one file of a journal, also while it is being written.
///
///     auto segment = SegmentReader::open(path);
///     while (const Entry* entry = *segment->next()) ...
class SegmentReader {
public:
    /// Reads the opening. Fails with no_data when the file is empty or ends within its opening,
    /// bad_reply when it is not a journal or the opening is damaged, refused when a newer version wrote
    /// it, io when it cannot be read.
    [[nodiscard]] static Result<SegmentReader> open(const std::filesystem::path& path);

    [[nodiscard]] const Opening& opening() const { return opening_; }

    /// The next entry, valid until the next call; nullptr at the end. What is incomplete at the end is not
    /// read: it may be in the making, and a later call goes on there. A damaged frame fails with
    /// bad_reply, now and on every later call: entries depend on those before them, so reading goes on
    /// with the next segment.
    [[nodiscard]] Result<const Entry*> next();

    /// Passes the next frame without looking into it; false at the end.
    [[nodiscard]] Result<bool> skip();

    /// Where the next entry begins.
    [[nodiscard]] std::uint64_t offset() const { return offset_; }
    /// Bytes of an incomplete frame at the end, after `next` gave nullptr.
    [[nodiscard]] std::uint64_t torn_bytes() const { return buffer_.size() - at_; }

private:
    SegmentReader(std::filesystem::path path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

    [[nodiscard]] Result<> read_opening();
    /// Makes `size` bytes ready at at_; false at the end of the file.
    [[nodiscard]] Result<bool> fill(std::size_t size);
    /// The next frame, not looked into yet; empty at the end.
    [[nodiscard]] Result<std::string_view> frame();
    void pass(std::size_t size);
    [[nodiscard]] tl::unexpected<Error> damaged(std::string_view what) const;

    std::filesystem::path path_;
    Descriptor file_;
    std::string buffer_;
    std::size_t at_ = 0;         // of the next frame in buffer_
    std::uint64_t offset_ = 0;   // of the next frame in the file
    Opening opening_;
    EntryDecoder decoder_;
};

}  // namespace setpoint
