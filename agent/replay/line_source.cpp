// SPDX-License-Identifier: Apache-2.0
#include "agent/replay/line_source.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace setpoint {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string reason_of(int number) { return std::generic_category().message(number); }

}  // namespace

Result<LineSource> LineSource::open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail(Errc::bad_config, reason_of(errno));
    LineSource source{descriptor};
    struct stat about {};
    if (::fstat(descriptor, &about) == 0) {
        if (S_ISDIR(about.st_mode)) return fail(Errc::bad_config, "is a folder; a recording is one file");
        if (S_ISREG(about.st_mode)) source.file_size_ = static_cast<std::uint64_t>(about.st_size);
    }
    return source;
}

LineSource::LineSource(int descriptor) : descriptor_(descriptor), buffer_(2 * kLongestLine) {}

LineSource::LineSource(LineSource&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      file_size_(other.file_size_),
      bytes_read_(other.bytes_read_),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      end_(other.end_),
      at_end_(other.at_end_),
      started_(other.started_),
      ended_line_(other.ended_line_),
      line_(other.line_) {}

LineSource::~LineSource() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

double LineSource::share_read() const {
    return file_size_ == 0 ? 0 : static_cast<double>(bytes_read_) / static_cast<double>(file_size_);
}

Result<> LineSource::fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    for (;;) {
        const auto got = ::read(descriptor_, buffer_.data() + end_, buffer_.size() - end_);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(Errc::io, reason_of(errno));
        at_end_ = got == 0;
        end_ += static_cast<std::size_t>(got);
        bytes_read_ += static_cast<std::uint64_t>(got);
        return {};
    }
}

Result<std::string_view> LineSource::peek() {
    constexpr std::size_t kEnough = 64 << 10;  // a pipe answers in small pieces
    while (!at_end_ && end_ - begin_ < kEnough) {
        if (auto done = fill(); !done) return tl::unexpected(done.error());
    }
    std::string_view seen{buffer_.data() + begin_, end_ - begin_};
    if (!started_ && seen.starts_with(kByteOrderMark)) {
        begin_ += kByteOrderMark.size();
        seen.remove_prefix(kByteOrderMark.size());
    }
    started_ = true;
    return seen;
}

Result<std::optional<std::string_view>> LineSource::next() {
    if (!started_) {
        if (auto seen = peek(); !seen) return tl::unexpected(seen.error());
    }
    std::size_t searched = 0;
    for (;;) {
        const char* start = buffer_.data() + begin_;
        const auto* end = static_cast<const char*>(std::memchr(start + searched, '\n', end_ - begin_ - searched));
        if (end == nullptr && !at_end_) {
            searched = end_ - begin_;
            if (searched > kLongestLine) {
                return fail(Errc::bad_config, fmt::format("line {}: longer than {} bytes; is this a text file?",
                                                          line_ + 1, kLongestLine));
            }
            if (auto done = fill(); !done) return tl::unexpected(done.error());
            continue;
        }
        if (end == nullptr && begin_ == end_) return std::nullopt;
        ended_line_ = end != nullptr;
        std::string_view text{start, ended_line_ ? static_cast<std::size_t>(end - start) : end_ - begin_};
        begin_ += text.size() + (ended_line_ ? 1 : 0);
        ++line_;
        if (text.ends_with('\r')) text.remove_suffix(1);
        return text;
    }
}

}  // namespace setpoint
