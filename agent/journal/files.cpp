// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "agent/journal/bytes.hpp"
#include "agent/journal/reader.hpp"

namespace setpoint {
namespace {

std::optional<std::uint64_t> number_of(std::string_view name, Stream stream) {
    const std::string prefix = std::string{to_string(stream)} + '-';
    constexpr std::string_view suffix = ".log";
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) return std::nullopt;
    name.remove_prefix(prefix.size());
    name.remove_suffix(suffix.size());
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    return number;
}

}  // namespace

Result<std::vector<SegmentFile>> list_segments(const std::filesystem::path& folder, Stream stream) {
    std::vector<SegmentFile> found;
    std::error_code error;
    for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end; entry.increment(error)) {
        if (const auto number = number_of(entry->path().filename().string(), stream)) {
            found.push_back({entry->path(), stream, *number});
        }
    }
    if (error) return fail(Errc::io, fmt::format("{}: cannot list the journal: {}", folder.string(), error.message()));
    std::ranges::sort(found, {}, &SegmentFile::number);
    return found;
}

Result<> cut_torn_tail(const std::filesystem::path& file) {
    auto reader = SegmentReader::open(file);
    if (!reader) {
        if (reader.error().code != Errc::no_data) return tl::unexpected(reader.error());
        if (::unlink(file.c_str()) != 0) return io_failure("remove", file);
        return {};
    }
    auto more = reader->skip();
    while (more && *more) more = reader->skip();
    if (!more) return tl::unexpected(more.error());
    if (reader->torn_bytes() == 0) return {};
    if (::truncate(file.c_str(), static_cast<off_t>(reader->offset())) != 0) return io_failure("cut the torn tail", file);
    return {};
}

Result<SegmentFiles> SegmentFiles::open(std::filesystem::path folder, Stream stream, Retention retention) {
    SegmentFiles files;
    auto found = list_segments(folder, stream);
    if (!found) return tl::unexpected(found.error());
    if (!found->empty()) files.next_ = found->back().number + 1;
    std::error_code error;
    while (!found->empty()) {
        // A newest file that cannot be read is left as it is: the next one has another name.
        (void)cut_torn_tail(found->back().path);
        if (std::filesystem::exists(found->back().path, error)) break;
        found->pop_back();
    }
    Time opened{};
    for (const auto& segment : *found) {
        const auto bytes = std::filesystem::file_size(segment.path, error);
        // One that cannot be read is as old as the one before it.
        if (const auto reader = SegmentReader::open(segment.path)) opened = reader->opening().opened;
        files.past_.push_back({segment.path, opened, error ? 0 : bytes});
    }
    files.folder_ = std::move(folder);
    files.stream_ = stream;
    files.retention_ = retention;
    return files;
}

Result<> SegmentFiles::start(Time opened) {
    if (auto closed = close(); !closed) return closed;
    const auto path = folder_ / fmt::format("{}-{:010}.log", to_string(stream_), next_);
    auto file = Descriptor::open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND);
    if (!file) return tl::unexpected(file.error());
    ++next_;
    file_ = std::move(*file);
    size_ = 0;
    past_.push_back({path, opened, 0});
    remove_old(opened);
    std::string preamble{kJournalMagic};
    put_fixed(preamble, kJournalVersion, 4);
    EntryEncoder encoder;
    preamble += encoder.opening({stream_, opened, program_version(), architecture()});
    if (auto written = append(preamble); !written) {
        // Nothing is lost with a file that says nothing.
        file_ = {};
        ::unlink(path.c_str());
        past_.pop_back();
        return written;
    }
    return sync_folder(folder_);
}

Result<> SegmentFiles::append(std::string_view frames) {
    if (frames.empty()) return {};
    const auto& path = past_.back().path;
    auto written = file_.write(frames, path);
    if (!written) {
        (void)::ftruncate(file_.get(), static_cast<off_t>(size_));
        return written;
    }
    size_ += frames.size();
    past_.back().bytes = size_;
    return {};
}

Result<> SegmentFiles::close() {
    if (!file_.is_open()) return {};
    const Descriptor closing = std::exchange(file_, {});
    return closing.sync(past_.back().path);
}

void SegmentFiles::remove_old(Time now) {
    std::uint64_t bytes = 0;
    for (const auto& segment : past_) bytes += segment.bytes;
    const auto too_much = [&](std::size_t at) {
        // A segment ends where the next one begins.
        return bytes > retention_.bytes || past_[at + 1].opened < now - retention_.age;
    };
    std::size_t removed = 0;
    while (removed + 1 < past_.size() && too_much(removed)) {
        ::unlink(past_[removed].path.c_str());
        bytes -= past_[removed++].bytes;
    }
    past_.erase(past_.begin(), past_.begin() + static_cast<std::ptrdiff_t>(removed));
}

}  // namespace setpoint
