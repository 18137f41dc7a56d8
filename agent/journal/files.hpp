// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "agent/journal/descriptor.hpp"
#include "agent/journal/format.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace setpoint {

/// One file of a journal, by its name: `events-0000000042.log`.
struct SegmentFile {
    std::filesystem::path path;
    Stream stream = Stream::events;
    std::uint64_t number = 0;
};

/// The segments of a stream in a folder, oldest first; other files are none of ours.
[[nodiscard]] Result<std::vector<SegmentFile>> list_segments(const std::filesystem::path& folder, Stream stream);

/// Cuts what a crash left of the last frame, and removes a file without a complete opening. Only what is
/// incomplete goes: damage stays for the reader to report.
[[nodiscard]] Result<> cut_torn_tail(const std::filesystem::path& file);

/// What is kept of a stream: both limits hold, the segment being written apart.
struct Retention {
    std::uint64_t bytes = std::uint64_t{1} << 30;
    Duration age{};
};

/// The files of one stream: appends to the newest, starts new ones, removes old ones. One thread.
class SegmentFiles {
public:
    /// Finds what earlier runs left and cuts the torn tail of the newest. Writes nothing yet.
    [[nodiscard]] static Result<SegmentFiles> open(std::filesystem::path folder, Stream stream, Retention retention);

    /// Closes the segment before (synced), opens the next and removes what is too old or too much.
    [[nodiscard]] Result<> start(Time opened);
    /// Whole frames. When it fails the file ends where it did before, as far as the disk lets us.
    [[nodiscard]] Result<> append(std::string_view frames);
    /// Syncs and closes; the next entry needs a start.
    Result<> close();

    [[nodiscard]] bool is_open() const { return file_.is_open(); }
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] Time opened() const { return past_.back().opened; }

private:
    struct Past {
        std::filesystem::path path;
        Time opened{};
        std::uint64_t bytes = 0;
    };

    void remove_old(Time now);

    std::filesystem::path folder_;
    Stream stream_ = Stream::events;
    Retention retention_;
    std::uint64_t next_ = 1;
    std::vector<Past> past_;  // oldest first; the last is the one being written
    Descriptor file_;
    std::uint64_t size_ = 0;
};

}  // namespace setpoint
