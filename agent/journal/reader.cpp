// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "agent/journal/bytes.hpp"

namespace setpoint {
namespace {

constexpr std::size_t kChunk = 256 * 1024;

}  // namespace

Result<SegmentReader> SegmentReader::open(const std::filesystem::path& path) {
    auto file = Descriptor::open(path, O_RDONLY);
    if (!file) return tl::unexpected(file.error());
    SegmentReader reader{path, std::move(*file)};
    if (auto opened = reader.read_opening(); !opened) return tl::unexpected(opened.error());
    return reader;
}

Result<> SegmentReader::read_opening() {
    const auto complete = fill(kJournalPreamble);
    if (!complete) return tl::unexpected(complete.error());
    const std::string_view start = std::string_view{buffer_}.substr(0, kJournalMagic.size());
    if (start.empty()) return fail(Errc::no_data, path_.string() + ": the file is empty");
    if (start != kJournalMagic.substr(0, start.size())) return fail(Errc::bad_reply, path_.string() + ": not a journal");
    const auto cut = [&] { return fail(Errc::no_data, path_.string() + ": the file ends within its opening"); };
    if (!*complete) return cut();
    const auto version = Bytes{std::string_view{buffer_}.substr(kJournalMagic.size())}.fixed(4);
    if (version > kJournalVersion) {
        return fail(Errc::refused, fmt::format("{}: journal format {} is newer than this program reads ({})", path_.string(),
                                               version, kJournalVersion));
    }
    if (version == 0) return damaged("the format version is 0");
    at_ = kJournalPreamble;
    offset_ = kJournalPreamble;
    const auto entry = next();
    if (!entry) return tl::unexpected(entry.error());
    if (*entry == nullptr) return cut();
    if (!std::holds_alternative<Opening>(**entry)) return damaged("it does not begin with an opening");
    opening_ = std::get<Opening>(**entry);
    return {};
}

Result<const Entry*> SegmentReader::next() {
    const auto read = frame();
    if (!read) return tl::unexpected(read.error());
    if (read->empty()) return nullptr;
    if (!intact(*read)) return damaged("the checksum of an entry is wrong");
    auto entry = decoder_.decode(*read);
    if (!entry) return damaged(entry.error().message);
    pass(read->size());
    return entry;
}

Result<bool> SegmentReader::skip() {
    const auto read = frame();
    if (!read) return tl::unexpected(read.error());
    pass(read->size());
    return !read->empty();
}

void SegmentReader::pass(std::size_t size) {
    at_ += size;
    offset_ += size;
}

Result<std::string_view> SegmentReader::frame() {
    auto complete = fill(kFrameHeader);
    if (!complete) return tl::unexpected(complete.error());
    if (!*complete) return std::string_view{};
    const auto length = payload_length(std::string_view{buffer_}.substr(at_, kFrameHeader));
    if (!length) return damaged("the length of an entry is damaged");
    complete = fill(kFrameHeader + *length);
    if (!complete) return tl::unexpected(complete.error());
    if (!*complete) return std::string_view{};
    return std::string_view{buffer_}.substr(at_, kFrameHeader + *length);
}

Result<bool> SegmentReader::fill(std::size_t size) {
    while (buffer_.size() - at_ < size) {
        buffer_.erase(0, at_);
        at_ = 0;
        // In chunks, so that a length that cannot be true takes no more room than the file has.
        const std::size_t kept = buffer_.size();
        buffer_.resize(kept + kChunk);
        const auto got = ::read(file_.get(), buffer_.data() + kept, kChunk);
        buffer_.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return io_failure("read", path_);
        if (got == 0) return false;
    }
    return true;
}

tl::unexpected<Error> SegmentReader::damaged(std::string_view what) const {
    return fail(Errc::bad_reply, fmt::format("{}: damaged at byte {}: {}", path_.string(), offset_, what));
}

}  // namespace setpoint
